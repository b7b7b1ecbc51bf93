/**
 * Counts the bans in the firewalls of this host when no daemon answers, and names the command that removes them. What
 * other programs, services or sets of an administrator hold is not read.
 */
import { amount } from "../domain/amount.ts";
import { TABLE_NAME } from "../domain/enforcer.ts";
import { findProgram } from "../host/process/find-program.ts";
import { runProgram } from "../host/process/run-program.ts";

interface Holder {
  /** For display. */
  readonly name: string;
  /** What becomes of its bans without the daemon. */
  readonly fate: string;
  readonly commands: readonly (readonly [program: string, ...args: string[]])[];
  readonly count: (listing: string) => number;
}

/** Elements of the sets of bans, which are named after family and prefix, such as v4_32. Elements contain no braces. */
const NFT_BANS = /\bset v[46]_\w+ \{[^}]*?elements = \{([^}]*)/g;
/** The same for firewalld's sets, if its rules are in policies. */
const POLICY_BANS = /\bset bailiff-v[46]-\S+ \{[^}]*?elements = \{([^}]*)/g;

const HOLDERS: readonly Holder[] = [
  {
    name: "nftables",
    fate: "temporary ones expire",
    commands: [["nft", "list", "table", "inet", TABLE_NAME]],
    count: (listing) => countElements(listing, NFT_BANS),
  },
  {
    name: "ipsets of iptables",
    fate: "temporary ones expire within 24 days",
    commands: [["ipset", "save"]],
    count: (listing) => countLines(listing, /^add bailiff[46]-\S+ \S+/),
  },
  {
    name: "rules of iptables",
    fate: "they stay",
    commands: ["iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy"].map(
      (program): readonly [string] => [`${program}-save`],
    ),
    count: (listing) => countLines(listing, /^-A bailiff[46]-\S+ -s \S+ -j bailiff-verdict$/),
  },
  {
    name: "firewalld",
    fate: "they stay until it is reloaded",
    commands: [
      ["ipset", "save"],
      ["nft", "list", "table", "inet", "firewalld"],
    ],
    // With direct rules, firewalld makes its sets in both.
    count: (listing) =>
      Math.max(
        countLines(listing, /^add bailiff-v[46]-\S+ \S+/),
        countElements(listing, POLICY_BANS),
      ),
  },
  {
    name: "routes",
    fate: "they stay until a reboot",
    commands: [
      ["ip", "-4", "route", "show", "proto", "98"],
      ["ip", "-6", "route", "show", "proto", "98"],
    ],
    count: (listing) => countLines(listing, /^(?:blackhole|unreachable|prohibit) \S+/),
  },
];

/** Describes remaining bans; undefined: none, or this user may not see them. */
export async function explainRemainingBans(): Promise<string | undefined> {
  const listings = await Promise.all(HOLDERS.map(({ commands }) => listAll(commands)));
  return describeRemaining(listings);
}

/** Describes the bans in the listings of `HOLDERS`, in their order. */
export function describeRemaining(listings: readonly string[]): string | undefined {
  const found = HOLDERS.flatMap(({ name, fate, count }, i) => {
    const bans = count(listings[i] ?? "");
    return bans === 0 ? [] : [{ bans, text: `${bans} in ${name} (${fate})` }];
  });
  if (found.length === 0) return undefined;
  const total = found.reduce((sum, { bans }) => sum + bans, 0);
  const where = found.map(({ text }) => text).join(", ");
  const bans = `${amount(total, "ban")} ${total === 1 ? "is" : "are"} still in the firewall`;
  return `${bans}: ${where}; those in enforcers of your own ([enforcers]) are not counted; if no daemon runs, remove all: bailiff clear-firewall`;
}

async function listAll(commands: Holder["commands"]): Promise<string> {
  const outputs = await Promise.all(
    commands.map(async ([name, ...args]) => {
      const program = findProgram(name);
      if (program === undefined) return "";
      const argv = [program, ...args];
      return (await runProgram({ argv, input: "", timeoutMilliseconds: 5000 })).output;
    }),
  );
  return outputs.join("\n");
}

function countElements(listing: string, sets: RegExp): number {
  return [...listing.matchAll(sets)].reduce(
    (sum, [, elements = ""]) => sum + elements.split(",").length,
    0,
  );
}

function countLines(listing: string, pattern: RegExp): number {
  return new Set(listing.split("\n").flatMap((line) => pattern.exec(line)?.[0] ?? [])).size;
}
