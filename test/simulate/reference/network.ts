/** An address or a network as numbers; an address is a network with the full prefix length. */
export interface Network {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly prefix: number;
  /** Key, the same for every spelling. */
  readonly key: string;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Returns the network of `prefix` bits that contains `value`. */
export function makeNetwork(family: 4 | 6, value: bigint, prefix: number): Network {
  const host = BigInt(BITS[family] - prefix);
  const first = (value >> host) << host;
  return { family, first, prefix, key: `${family}.${first.toString(36)}/${prefix}` };
}

/** Reads an address or CIDR notation; an IPv4-mapped IPv6 address is the IPv4 address. */
export function parseNetwork(text: string): Network {
  const [address = "", length] = text.split("/");
  if (!address.includes(":")) return makeNetwork(4, parseV4(address), Number(length ?? 32));
  const value = parseV6(address.replace(/%.*/, ""));
  const prefix = Number(length ?? 128);
  if (value >> 32n === 0xffffn && prefix >= 96) {
    return makeNetwork(4, value & 0xffff_ffffn, prefix - 96);
  }
  return makeNetwork(6, value, prefix);
}

function parseV4(text: string): bigint {
  return text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint {
  const dotted = /[\d.]+\.\d+$/.exec(text)?.[0];
  if (dotted !== undefined) {
    const low = parseV4(dotted);
    const groups = `${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
    return parseV6(text.slice(0, -dotted.length) + groups);
  }
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

/** Reports whether every address of `inner` is in `outer`. */
export function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const host = BigInt(BITS[outer.family] - outer.prefix);
  return inner.first >> host === outer.first >> host;
}

/** Reports whether the two have an address in common. */
export function overlaps(one: Network, other: Network): boolean {
  return contains(one, other) || contains(other, one);
}

/** Formats a network for messages; IPv6 without "::". */
export function describeNetwork({ family, first, prefix }: Network): string {
  const [groups, bits, base] = family === 4 ? [4, 8n, 10] : [8, 16n, 16];
  const parts = Array.from({ length: groups }, (_, index) =>
    ((first >> (bits * BigInt(groups - 1 - index))) & ((1n << bits) - 1n)).toString(base),
  );
  const text = parts.join(family === 4 ? "." : ":");
  return prefix === BITS[family] ? text : `${text}/${prefix}`;
}

/** Reports whether a subject is more than one host or site. */
export function isNetwork({ family, prefix }: Network): boolean {
  return prefix < (family === 4 ? 32 : 64);
}
