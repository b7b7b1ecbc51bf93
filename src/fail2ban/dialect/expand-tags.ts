/** Replaces fail2ban's tags in an expression (<HOST>, <F-USER>…</F-USER>, <SKIPLINES>) by groups in Python's syntax. */

export type UseDns = "yes" | "warn" | "no" | "raw";

const IP4 = String.raw`(?::{2}ffff(?:ff|f)?:)?(?P<ip4>\d{1,3}(?:\.\d{1,3}){3})`;
const HEXTET = "[0-9A-Fa-f]{1,4}";
const IP6 = `(?P<ip6>(?:${HEXTET}:{1,2}|:{2}){1,7}(?:${HEXTET}|(?<=:):))`;
const DNS = String.raw`(?P<dns>[\w.^-]*\w)`;
const CIDR = String.raw`(?P<cidr>\d+)`;
const ADDR = String.raw`\[?(?:${IP4}|${IP6})\]?`;
const SUBNET = String.raw`\[?(?:${IP4}|${IP6})(?:/${CIDR})?\]?`;

const FIXED: Readonly<Record<string, string>> = {
  IP4,
  "F-IP4/": IP4,
  IP6,
  "F-IP6/": IP6,
  ADDR,
  "F-ADDR/": ADDR,
  CIDR,
  "F-CIDR/": CIDR,
  SUBNET,
  "F-SUBNET/": SUBNET,
  DNS,
  "F-DNS/": DNS,
  "F-ID/": String.raw`(?P<fid>\S+)`,
  "F-PORT/": String.raw`(?P<fport>\w+)`,
};
const RENAMED: Readonly<Record<string, string>> = { id: "fid", port: "fport" };

export function expandTags(text: string, useDns: UseDns): string {
  const opened = new Set<string>();
  let lines = 0;
  const expanded = text.replace(/<(\/?)([\w-]+\/?)>/g, (whole, slash: string, name: string) => {
    if (slash === "" && name === "HOST") return useDns === "no" ? ADDR : `(?:${ADDR}|${DNS})`;
    if (slash === "" && name === "SKIPLINES")
      return String.raw`\n(?P<skiplines${lines++}>(?:.*\n)*?)`;
    const fixed = slash === "" && Object.hasOwn(FIXED, name) ? FIXED[name] : undefined;
    if (fixed !== undefined) return fixed;
    const custom = /^F-([A-Z0-9_-]+)$/.exec(name)?.[1];
    if (custom === undefined) return whole;
    if (slash !== "") return opened.has(custom) ? ")" : whole;
    opened.add(custom);
    return `(?P<${mapName(custom)}>`;
  });
  // Converts a group that begins with flags, `((?i)…)`, to a group with flags, `(?i:…)`.
  return expanded.replace(/(?<!\\)\((?:\?:)?(\(\?[a-z]+)\)/g, "$1:");
}

/** Returns the name of the group for the name in a tag. */
export function mapName(name: string): string {
  const lower = name.toLowerCase();
  return RENAMED[lower] ?? lower;
}
