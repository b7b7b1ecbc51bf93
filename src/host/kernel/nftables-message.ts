/**
 * Encodes and decodes netlink messages of the nf_tables subsystem. Pure: bytes in, bytes out.
 *
 * Layout: linux/netlink.h (header, attributes), linux/netfilter/nfnetlink.h (family, generation),
 * linux/netfilter/nf_tables.h (types and attributes). Headers are in host byte order, which is little-endian on every
 * supported machine; attribute values are in network byte order.
 */

/** Message types (enum nf_tables_msg_types). */
export const NFT = {
  newTable: 0,
  getTable: 1,
  newChain: 3,
  getChain: 4,
  newRule: 6,
  getRule: 7,
  newSet: 9,
  getSet: 10,
  newElement: 12,
  getElement: 13,
  deleteElement: 14,
  newGeneration: 15,
  getGeneration: 16,
  getFlowtable: 23,
} as const;

/** Families (enum nf_families, linux/netfilter.h); `any` selects all of them. */
export const NF_FAMILY = {
  any: 0,
  inet: 1,
  ipv4: 2,
  arp: 3,
  netdev: 5,
  bridge: 7,
  ipv6: 10,
} as const;

const SUBSYSTEM = 10;
const HEADER_BYTES = 16;
const FAMILY_BYTES = 4;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_DUMP = 0x300;
const NLM_F_CREATE = 0x400;
const NLM_F_DUMP_INTR = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const TYPE_MASK = 0x3fff;
const BATCH_BEGIN = 16;
const BATCH_END = 17;

export interface NetlinkRequest {
  readonly type: number;
  /** "dump": every object of the type. "one": the object that the attributes name. */
  readonly ask: "dump" | "one";
  /** One of `NF_FAMILY`; default: inet. */
  readonly family?: number;
  readonly attributes: readonly Uint8Array[];
}

export function encodeRequest({ type, ask, family, attributes }: NetlinkRequest): Uint8Array {
  const flags = ask === "dump" ? NLM_F_DUMP : 0;
  return encodeMessage({ type: ofSubsystem(type), flags, family, attributes });
}

export interface NetlinkChange {
  readonly type: number;
  readonly attributes: readonly Uint8Array[];
}

/** Encodes changes of inet objects as one transaction. The kernel acknowledges the last one. */
export function encodeBatch(changes: readonly NetlinkChange[]): Uint8Array {
  const bracket = (type: number): Uint8Array =>
    encodeMessage({ type, flags: 0, family: NF_FAMILY.any, resource: SUBSYSTEM, attributes: [] });
  const messages = changes.map(({ type, attributes }, i) => {
    const create = type === NFT.deleteElement ? 0 : NLM_F_CREATE;
    const flags = create | (i === changes.length - 1 ? NLM_F_ACK : 0);
    return encodeMessage({ type: ofSubsystem(type), flags, attributes });
  });
  return Buffer.concat([bracket(BATCH_BEGIN), ...messages, bracket(BATCH_END)]);
}

function ofSubsystem(type: number): number {
  return (SUBSYSTEM << 8) | type;
}

interface EncodedMessage {
  readonly type: number;
  readonly flags: number;
  readonly family?: number | undefined;
  readonly resource?: number;
  readonly attributes: readonly Uint8Array[];
}

function encodeMessage(message: EncodedMessage): Uint8Array {
  const { type, flags, family = NF_FAMILY.inet, resource = 0, attributes } = message;
  const header = Buffer.alloc(HEADER_BYTES + FAMILY_BYTES);
  header.writeUInt32LE(
    attributes.reduce((sum, { length }) => sum + length, header.length),
    0,
  );
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(NLM_F_REQUEST | flags, 6);
  header.writeUInt8(family, HEADER_BYTES);
  header.writeUInt16BE(resource, HEADER_BYTES + 2);
  return Buffer.concat([header, ...attributes]);
}

export function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const padded = Buffer.alloc((4 + value.length + 3) & ~3);
  padded.writeUInt16LE(4 + value.length, 0);
  padded.writeUInt16LE(type, 2);
  padded.set(value, 4);
  return padded;
}

export function encodeName(type: number, name: string): Uint8Array {
  return encodeAttribute(type, Buffer.from(`${name}\0`, "latin1"));
}

export interface NetlinkMessage {
  readonly kind: "object" | "error" | "done";
  /** One of `NFT` for an object; for an error its errno, where 0 is an acknowledgement. */
  readonly type: number;
  /** One of `NF_FAMILY`. */
  readonly family: number;
  /** Lowest 16 bits of the ruleset's generation. */
  readonly generation: number;
  /** Whether the ruleset changed during the dump, so that objects may be missing or duplicated. */
  readonly interrupted: boolean;
  readonly attributes: Buffer;
}

export function* decodeMessages(datagram: Buffer): Generator<NetlinkMessage> {
  let offset = 0;
  while (offset + HEADER_BYTES <= datagram.length) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_BYTES || offset + length > datagram.length) return;
    yield decodeMessage(datagram, offset, offset + length);
    offset += (length + 3) & ~3;
  }
}

/**
 * Calls `visit` for each message with the offset of its attributes. `errno` is that of an error message; undefined for
 * others. Allocates no object per message: a dump may have 100,000 datagrams of one message.
 */
export function eachMessage(
  datagram: Buffer,
  visit: (errno: number | undefined, from: number, to: number) => void,
): void {
  let offset = 0;
  while (offset + HEADER_BYTES + FAMILY_BYTES <= datagram.length) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_BYTES + FAMILY_BYTES || offset + length > datagram.length) return;
    const body = offset + HEADER_BYTES;
    const isError = datagram.readUInt16LE(offset + 4) === NLMSG_ERROR;
    visit(isError ? -datagram.readInt32LE(body) : undefined, body + FAMILY_BYTES, offset + length);
    offset += (length + 3) & ~3;
  }
}

const NO_ATTRIBUTES = Buffer.alloc(0);

function decodeMessage(bytes: Buffer, start: number, end: number): NetlinkMessage {
  const type = bytes.readUInt16LE(start + 4);
  const interrupted = (bytes.readUInt16LE(start + 6) & NLM_F_DUMP_INTR) !== 0;
  const body = start + HEADER_BYTES;
  const none = { family: 0, generation: 0, interrupted, attributes: NO_ATTRIBUTES };
  if (type === NLMSG_ERROR)
    return { kind: "error", type: end < body + 4 ? 0 : -bytes.readInt32LE(body), ...none };
  if (type === NLMSG_DONE || end < body + FAMILY_BYTES) return { kind: "done", type: 0, ...none };
  return {
    kind: "object",
    type: type & 0xff,
    family: bytes.readUInt8(body),
    generation: bytes.readUInt16BE(body + 2),
    interrupted,
    attributes: bytes.subarray(body + FAMILY_BYTES, end),
  };
}

/** Calls `visit` for each attribute with the offset of its value, without copying. */
export function eachAttribute(
  bytes: Buffer,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  let offset = start;
  while (offset + 4 <= end) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > end) return;
    visit(bytes.readUInt16LE(offset + 2) & TYPE_MASK, offset + 4, offset + length);
    offset += (length + 3) & ~3;
  }
}

/** Returns the offset of the first attribute value of this type, or -1. Allocates nothing. */
export function findAttribute(bytes: Buffer, start: number, end: number, type: number): number {
  let offset = start;
  while (offset + 4 <= end) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > end) return -1;
    if ((bytes.readUInt16LE(offset + 2) & TYPE_MASK) === type) return offset + 4;
    offset += (length + 3) & ~3;
  }
  return -1;
}

/** Returns the end offset of the value that begins at `value`. */
export function valueEnd(bytes: Buffer, value: number): number {
  return value - 4 + bytes.readUInt16LE(value - 4);
}

/** Returns the values of one level by type; for a repeated type, the last one. */
export function attributesOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const values = new Map<number, Buffer>();
  eachAttribute(bytes, 0, bytes.length, (type, from, to) =>
    values.set(type, bytes.subarray(from, to)),
  );
  return values;
}

/** Decodes a name, without its final NUL. */
export function nameIn(value: Buffer | undefined): string {
  return value === undefined ? "" : value.toString("latin1").replace(/\0+$/, "");
}
