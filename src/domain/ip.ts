/**
 * An address in canonical spelling: dotted IPv4, or lower-case compressed IPv6 (RFC 5952). IPv4-mapped IPv6 is IPv4:
 * one client must be one subject however the service logs it. Parsing is strict: a daemon that bans what it parses must
 * never guess ("1", "0177.0.0.1", "1.2.3.256").
 */
export type Ip = string & { readonly brand: "Ip" };

export type Family = "ipv4" | "ipv6";

/** Matches a valid zone: characters of RFC 6874, at most the 15 of the kernel's interface names. */
const ZONE = /^[0-9A-Za-z_.~-]{1,15}$/;

/** Parses an address; undefined: invalid. A zone ("%eth0") is accepted and dropped. */
export function parseIp(text: string): Ip | undefined {
  if (isIpv4(text)) return text as Ip;
  return text.includes(":") ? parseIpv6(text) : undefined;
}

export function familyOf(ip: Ip): Family {
  return ip.includes(":") ? "ipv6" : "ipv4";
}

/** Returns the address as a number: 32 bits for IPv4, 128 for IPv6. */
export function ipToBits(ip: Ip): bigint {
  if (familyOf(ip) === "ipv4") return BigInt(ipv4ToNumber(ip));
  let bits = 0n;
  for (const group of expandIpv6(ip)) bits = (bits << 16n) | BigInt(group);
  return bits;
}

export function ipFromBits(bits: bigint, family: Family): Ip {
  if (family === "ipv4") return ipv4FromNumber(Number(bits));
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((bits >> BigInt(112 - 16 * i)) & 0xffffn),
  );
  return compressIpv6(groups);
}

/** Returns the unsigned 32-bit value of an IPv4 address; -1 for an IPv6 address. */
export function ipv4ToNumber(ip: string): number {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    // Codes above "9" are a colon or a letter: this is no IPv4 address.
    if (code > 57) return -1;
    if (code === 46) {
      value = value * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + code - 48;
  }
  return value * 256 + octet;
}

/** Formats an unsigned 32-bit value as an address. */
export function ipv4FromNumber(value: number): Ip {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ip;
}

function isIpv4(text: string): boolean {
  // Hand-written because this runs for every failure: about 10 times faster than split-and-test.
  if (text.length < 7 || text.length > 15) return false;
  let dots = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      // No leading zero: some parsers read such a number as octal.
      if (digits > 0 && value === 0) return false;
      value = value * 10 + digit;
      digits++;
    } else {
      if (digit !== 46 - 48 || digits === 0 || value > 255) return false;
      dots++;
      digits = 0;
      value = 0;
    }
  }
  return dots === 3 && digits > 0 && value <= 255;
}

function parseIpv6(text: string): Ip | undefined {
  const zone = text.indexOf("%");
  const address = zone < 0 ? text : text.slice(0, zone);
  if (zone >= 0 && !ZONE.test(text.slice(zone + 1))) return undefined;
  if (address.length > 45 || !/^[0-9A-Fa-f:.]+$/.test(address)) return undefined;
  const groups = expandIpv6(address);
  if (groups === undefined) return undefined;
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (mapped) {
    return ipv4FromNumber((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0));
  }
  return compressIpv6(groups);
}

function expandIpv6(address: Ip): readonly number[];
function expandIpv6(address: string): readonly number[] | undefined;
function expandIpv6(address: string): readonly number[] | undefined {
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  // Dotted octets are valid only at the very end of an address, never before a "::".
  const head = parseGroups(halves[0] ?? "", halves.length === 1 ? "last" : "first");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", "last") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, half: "first" | "last"): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (half === "last" && i === parts.length - 1 && part.includes(".")) {
      if (!isIpv4(part)) return undefined;
      const value = ipv4ToNumber(part);
      groups.push(value >>> 16, value & 0xffff);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Compresses by RFC 5952: the longest run of two or more zero groups becomes "::", the first one on a tie. */
function compressIpv6(groups: readonly number[]): Ip {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(":") as Ip;
  const head = hex.slice(0, best.start).join(":");
  const tail = hex.slice(best.start + best.length).join(":");
  return `${head}::${tail}` as Ip;
}
