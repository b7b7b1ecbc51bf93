/**
 * Recognizes fail2ban's own firewall actions by a digest of their content, not by name. A file that was edited, or
 * extended by a .local file, has another digest and is a different action.
 */
import { createHash } from "node:crypto";
import type { Layers } from "./layers.ts";

/** The program that an action runs. Parameters have the same meaning in all actions of a program. */
export type FirewallTool =
  | "iptables"
  | "nftables"
  | "firewalld"
  | "firewalld ipset"
  | "firewalld rich"
  | "ufw"
  | "route"
  | "shorewall"
  | "pf"
  | "ipfw"
  | "other BSD";

export interface StockAction {
  readonly tool: FirewallTool;
  /** The action closes every port, whatever its parameters. */
  readonly everything?: true;
  /** The action blocks only new connections. */
  readonly newOnly?: true;
  /** What the action does besides blocking ports; such an action is never replaced by the native firewall. */
  readonly special?: string;
}

export type StockActions = ReadonlyMap<string, StockAction>;

/** Parameters that are judged separately, so they are not part of the digest. */
const JUDGED: ReadonlySet<string> = new Set([
  ...["name", "port", "protocol", "type", "chain", "blocktype", "returntype", "lockingopt"],
  ...["rejecttype", "rich-blocktype", "actiontype", "application", "destination", "comment", "add"],
  ...["ipsettime", "default-ipsettime", "maxelem"],
]);

/** Computes the digest of the merged sections; comments and formatting do not matter. */
export function digestAction({ sections, defaults }: Layers): string {
  const texts = [["DEFAULT", defaults] as const, ...sections].flatMap(([section, entries]) =>
    section === "INCLUDES"
      ? []
      : [...entries].flatMap(([key, { text }]) => {
          const [name = ""] = key.split("?");
          return JUDGED.has(name) ? [] : [`${section}.${key}=${plain(text)}`];
        }),
  );
  return createHash("sha256").update(texts.sort().join("\n")).digest("hex").slice(0, 32);
}

function plain(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}

const LOGS = "it logs packets";
const RECENT = "it keeps a separate list in the kernel";
const SET = "its set is used by rules of Shorewall's";

const SHIPPED: Readonly<Record<string, StockAction>> = {
  // Digests of fail2ban 1.0.2
  "911a6da312f5835ccdaae65ad1ebf1e1": { tool: "iptables" },
  "7815fd7855769be24ad3fdf7d30ae0e0": { tool: "iptables", newOnly: true },
  "135223932aa3a5b87a9d2f826a9bd35a": { tool: "iptables" },
  "35d8c2ac7b9b2f7cdeb100f24af1e866": { tool: "iptables" },
  "028aa95d0c871f0ad1c01b52091511aa": { tool: "nftables" },
  "3c82396c31c8f9a46c4f44885b50dc39": { tool: "firewalld ipset" },
  "41297dd738a9c67dee74165925df072d": { tool: "firewalld rich" },
  // Digests of fail2ban 1.0.2 and later
  "0a6f74e8b55e17484a05223a2022766b": { tool: "firewalld", newOnly: true },
  "1ba5dd35f227094989abd720f3b31572": { tool: "firewalld", newOnly: true },
  "216db44596c5e6ff58aa02680a29109f": { tool: "firewalld", everything: true },
  "3073a47cbe97479b1ff4b037abf89946": { tool: "ufw", everything: true },
  "50b4e2e24f43f07541df7f0b82fd9512": { tool: "shorewall", everything: true },
  "772fdb42cac1ab88346efc26b425d4fd": { tool: "route", everything: true },
  b739356e05808d678b9926fa35dc6669: { tool: "iptables", special: LOGS },
  "5281bf2d391f250d97615a49cb699eeb": { tool: "firewalld rich", special: LOGS },
  e8b97b3682e2cb824a5a525770fdf134: { tool: "iptables", special: RECENT },
  "4af638e299cbc4d1966fe9119ec51691": { tool: "shorewall", special: SET },
  // Digests of fail2ban 1.1.2.dev
  c95ac2c7568440dca33df4fd2e2c7c6b: { tool: "iptables" },
  "8ff3f5b7cdc3627eda750f00d89a87b0": { tool: "iptables", newOnly: true },
  b185e6fd5ed4fe07419066d43d68e01c: { tool: "iptables" },
  "7288fd14090fb94d1a1ce29a7ee9f706": { tool: "iptables" },
  "8da88d8fea016dd022aee91aa618b2c5": { tool: "nftables" },
  e36e1cccc363ed368eb9add331c4be8e: { tool: "firewalld ipset" },
  "4c0eda339927ec515b480f107c1e50fa": { tool: "firewalld rich" },
  e2ac5144fb3371d5f94b6d4c3a66215c: { tool: "iptables", special: LOGS },
  "589c9abea932e327e602b0f023e43b40": { tool: "firewalld rich", special: LOGS },
  e8bffdfd9cea724c21bf5443226d1128: { tool: "iptables", special: RECENT },
  ea2a9d20e4308a40353ed9ebf6150ba1: { tool: "shorewall", special: SET },
  // Actions for other systems than Linux, of fail2ban 1.0.2 and later
  "48d74f2c8c2be34fee4a1b78c46a6dfa": { tool: "pf" },
  "84926a66de04b9d19baf05c36e44eec1": { tool: "pf" },
  e17a8018e7220f3c6ab28fd6a1d3a95a: { tool: "ipfw" },
  ab2f40681bc8eb803c8e43d2efabd76b: { tool: "ipfw" },
  "4357f49e6d0b244803d6a0d1fa160e90": { tool: "ipfw", everything: true },
  "122488f9d0bce08cb7f8962e0d0559df": { tool: "other BSD", everything: true },
  "86f91130d4f72f2264984e14cac3b985": { tool: "other BSD", everything: true },
  f43599da0aac602050c771cd97ac284a: { tool: "other BSD", everything: true },
};

/** The actions of Debian 12's fail2ban and of its newest development version. */
export const STOCK_ACTIONS: StockActions = new Map(Object.entries(SHIPPED));
