/** Reads this machine's addresses, and resolves names. */
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { parseSubject, splitSubject, type Subject, subjectRange } from "../domain/cidr.ts";
import { type Ip, ipFromBits, parseIp } from "../domain/ip.ts";

/** Returns every address of every interface, without duplicates. */
export function ownAddresses(): readonly Ip[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const parsed = all.flatMap(({ address }) => parseIp(address) ?? []);
  return [...new Set(parsed)];
}

/** An address that is exempt because of what it is to this host. */
export interface HostAddress {
  readonly subject: Ip;
  readonly because: string;
}

/**
 * Returns this host's own addresses, and those that no client can have: the first and the last address of each local
 * IPv4 network. A network of one or two addresses has no such ends (RFC 3021).
 */
export function hostAddresses(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): readonly HostAddress[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const own = all.flatMap(({ address }): readonly HostAddress[] => {
    const ip = parseIp(address);
    return ip === undefined ? [] : [{ subject: ip, because: "an address of this host" }];
  });
  const ends = all.flatMap(({ cidr }) => endsOf(parseSubject(cidr ?? "")));
  // An own address comes first, so that it is explained as one.
  return [...new Map([...ends, ...own].map((one) => [one.subject, one])).values()];
}

function endsOf(network: Subject | undefined): readonly HostAddress[] {
  if (network === undefined || splitSubject(network).prefix > 30) return [];
  const { family, first, last } = subjectRange(network);
  if (family === "ipv6") return [];
  const because = (end: string): string => `no client has such an address (${end} of ${network})`;
  return [
    { subject: ipFromBits(first, family), because: because("network address") },
    { subject: ipFromBits(last, family), because: because("broadcast address") },
  ];
}

/** Returns every address of a name, from the host's resolver. Throws when it has none. */
export async function resolveName(name: string): Promise<readonly Ip[]> {
  // Load the module on the first look-up, because most configurations contain no host name.
  const { lookup } = await import("node:dns/promises");
  const answers = await lookup(name, { all: true });
  return answers.flatMap(({ address }) => parseIp(address) ?? []);
}

/** Returns this host's name, fully qualified if the kernel or /etc/hosts knows it. Makes no network look-up. */
export function hostNames(): { readonly full: string; readonly short: string } {
  const own = hostname();
  const [short = own] = own.split(".");
  return { full: own.includes(".") ? own : (fullNameOf(own) ?? own), short };
}

function fullNameOf(name: string): string | undefined {
  try {
    const lines = readFileSync("/etc/hosts", "utf8").split("\n");
    const names = lines.map((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
    return names.find((all) => all.includes(name))?.find((one) => one.startsWith(`${name}.`));
  } catch {
    // Without that file only the kernel's name is known.
    return undefined;
  }
}
