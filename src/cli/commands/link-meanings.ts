/** Explains each link in one line, for the help of `doctor`. */
import { type Link, LINKS } from "../../domain/proof.ts";

const MEANINGS: { readonly [link in Link]: string } = {
  source: "its log is read, and every line was read",
  place: "the service writes to that log",
  flow: "lines arrive at the usual rate, and agree with login records",
  rules: "rules recognize the lines",
  record: "the database of bans is writable",
  firewall: "the kernel has every ban",
  path: "traffic to the service passes this firewall",
  wire: "packets of banned addresses are dropped",
  canary: "a failed login of a test user leads to a dropped packet",
  guards: "no rule is suspended or at its limit",
  actions: "actions that run for bans succeed",
};

const LEGEND = [
  "\u2713 proven   \u2717 fault   \u00b7 not verified",
  "A jail is protecting if source, record and firewall are proven, and no check",
  "found a fault.",
];

/** Returns a line for each link, in the order of the screen, and explains the marks. */
export function describeLinks(): string {
  const rows = LINKS.map((link) => `  ${link.padEnd(9)}  ${MEANINGS[link]}`);
  return ["Links:", ...rows, "", ...LEGEND].join("\n");
}
