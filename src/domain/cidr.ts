import {
  type Family,
  type Ip,
  familyOf,
  ipFromBits,
  ipToBits,
  ipv4FromNumber,
  ipv4ToNumber,
  parseIp,
} from "./ip.ts";

/** A network in canonical form: host bits zero, "192.0.2.0/24", "2001:db8::/64". Never a full-length prefix: that is an `Ip`. */
export type Cidr = string & { readonly brand: "Cidr" };

/** An address or a network; failures count against it, and bans apply to it. */
export type Subject = Ip | Cidr;

export function widthOf(family: Family): 32 | 128 {
  return family === "ipv4" ? 32 : 128;
}

/**
 * Accepts an address or `address/prefix` (host bits are cleared); a full-length prefix gives an `Ip`. A zone follows
 * the address ("fe80::%eth0/64") and is dropped.
 */
export function parseSubject(text: string): Subject | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return parseIp(text);
  const ip = parseIp(text.slice(0, slash));
  const prefixText = text.slice(slash + 1);
  if (ip === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  // "::ffff:192.0.2.0/120" names an IPv4 network by its mapped prefix.
  const mapped = familyOf(ip) === "ipv4" && text.includes(":");
  const prefix = Number(prefixText) - (mapped ? 96 : 0);
  if (prefix < 0 || prefix > widthOf(familyOf(ip))) return undefined;
  return maskIp(ip, prefix);
}

/** Returns whether the text is a network whose address has bits set outside the prefix: "192.0.2.5/24". */
export function hasHostBits(text: string): boolean {
  const slash = text.indexOf("/");
  const network = slash < 0 ? undefined : parseSubject(text);
  return network !== undefined && splitSubject(network).ip !== parseIp(text.slice(0, slash));
}

/** Explains that an address has a zone, and how to write it; undefined: it has none, or is invalid without it too. */
export function explainZone(text: string): string | undefined {
  const zone = text.indexOf("%");
  if (zone < 0) return undefined;
  const without = text.replace(/%[^/]*/, "");
  const network = parseSubject(without);
  if (network === undefined) return undefined;
  return `write ${without}: an address here has no zone`;
}

/** Parses a subject that is written in the code. Throws for an invalid text, which is a bug. */
export function literalSubject(text: string): Subject {
  const subject = parseSubject(text);
  if (subject === undefined) throw new Error(`not an address or network: ${text}`);
  return subject;
}

/** Returns the network of `prefix` bits around an address, or the address itself at full length. */
export function maskIp(ip: Ip, prefix: number): Subject {
  const family = familyOf(ip);
  const width = widthOf(family);
  if (prefix >= width) return ip;
  if (family === "ipv4") return maskIpv4(ip, prefix);
  const shift = BigInt(width - prefix);
  const network = ipFromBits((ipToBits(ip) >> shift) << shift, family);
  return `${network}/${prefix}` as Cidr;
}

/** Does without big integers, because detectors mask many addresses. */
function maskIpv4(ip: Ip, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  const network = ipv4FromNumber(Math.floor(ipv4ToNumber(ip) / size) * size);
  return `${network}/${prefix}` as Cidr;
}

export interface SubjectParts {
  readonly ip: Ip;
  readonly family: Family;
  readonly prefix: number;
}

export function splitSubject(subject: Subject): SubjectParts {
  const slash = subject.indexOf("/");
  const ip = (slash < 0 ? subject : subject.slice(0, slash)) as Ip;
  const family = familyOf(ip);
  return { ip, family, prefix: slash < 0 ? widthOf(family) : Number(subject.slice(slash + 1)) };
}

/** Returns the first and last address of a subject, as numbers of its family's width. */
export function subjectRange(subject: Subject): { family: Family; first: bigint; last: bigint } {
  const { ip, family, prefix } = splitSubject(subject);
  const first = ipToBits(ip);
  return { family, first, last: first | ((1n << BigInt(widthOf(family) - prefix)) - 1n) };
}

export function subjectsOverlap(a: Subject, b: Subject): boolean {
  if (a === b) return true;
  const [left, right] = [subjectRange(a), subjectRange(b)];
  return left.family === right.family && left.first <= right.last && right.first <= left.last;
}

/** Returns whether `outer` contains all addresses of `inner`. */
export function subjectContains(outer: Subject, inner: Subject): boolean {
  if (outer === inner) return true;
  const [o, i] = [subjectRange(outer), subjectRange(inner)];
  return o.family === i.family && o.first <= i.first && i.last <= o.last;
}
