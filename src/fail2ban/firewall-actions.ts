/**
 * Which of fail2ban's stock actions only close ports in a firewall, so that the daemon's own does their work: in one
 * place before routing, where it holds for the host and for containers, whatever chain the action would have used.
 */
import type { ForeignAction } from "./foreign-action.ts";

/** Names of files in action.d. */
const PORTS = [
  "iptables",
  "iptables-multiport",
  "iptables-multiport-log",
  "iptables-new",
  "iptables-ipset",
  "iptables-ipset-proto4",
  "iptables-ipset-proto6",
  "nftables",
  "nftables-multiport",
  "firewallcmd-multiport",
  "firewallcmd-new",
  "firewallcmd-ipset",
  "firewallcmd-rich-rules",
  "firewallcmd-rich-logging",
];
const EVERYTHING = [
  "iptables-allports",
  "iptables-ipset-proto6-allports",
  "nftables-allports",
  "firewallcmd-allports",
  "ufw",
  "route",
  "shorewall",
  "shorewall-ipset-proto6",
];

/** Arguments that are looked at here, whatever the action's own file does with them. */
export function firewallArguments(file: string): readonly string[] {
  if (EVERYTHING.includes(file)) return ["blocktype"];
  return PORTS.includes(file) ? ["port", "protocol", "type", "blocktype"] : [];
}

export interface ClosedPorts {
  /** As `ports` takes them: names, numbers, "53/udp"; "all": every port. */
  readonly ports: readonly string[] | "all";
  /** What its options ask for that the daemon's firewall does in another way. */
  readonly notes: readonly string[];
}

/** More than that many ports of a range are not worth naming one by one. */
const LARGEST_RANGE = 64;

/** undefined: it is no firewall action, and runs as written. */
export function closedPorts({ file, properties }: ForeignAction): ClosedPorts | undefined {
  const notes = notesOn(properties);
  if (EVERYTHING.includes(file) || isAllType(properties.get("type")))
    return { ports: "all", notes };
  if (!PORTS.includes(file)) return undefined;
  const protocols = (properties.get("protocol") ?? "tcp").toLowerCase().split(/[\s,]+/);
  if (protocols.includes("all")) return { ports: "all", notes };
  const ports = (properties.get("port") ?? "").split(/[\s,]+/).filter((port) => port !== "");
  if (ports.length === 0) return { ports: "all", notes };
  const named: string[] = [];
  for (const port of ports) {
    const expanded = expandRange(port);
    if (expanded === undefined) return { ports: "all", notes: [...notes, wideRange(port)] };
    for (const one of expanded) for (const protocol of protocols) named.push(`${one}/${protocol}`);
  }
  return { ports: [...new Set(named)], notes };
}

function isAllType(type: string | undefined): boolean {
  return type === "allports";
}

/** undefined: it covers so many that all are closed. */
function expandRange(port: string): readonly string[] | undefined {
  const range = /^(\d+)[:-](\d+)$/.exec(port);
  if (range === null) return [port];
  const [from, to] = [Number(range[1]), Number(range[2])];
  if (to - from >= LARGEST_RANGE || to < from) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

function wideRange(port: string): string {
  return port === "0:65535" ? "every port is closed" : `the range ${port} closes every port`;
}

function notesOn(properties: ReadonlyMap<string, string>): readonly string[] {
  const blocktype = properties.get("blocktype") ?? "";
  return /reject/i.test(blocktype)
    ? ["packets are dropped without an answer, where the action rejects them"]
    : [];
}
