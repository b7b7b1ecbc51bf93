/**
 * Looks up addresses in a file of the MaxMind DB format, version 2. Reads only what a look-up needs, so that a file of
 * any size costs no memory. A hostile file can give wrong values, and nothing else: bytes, depth and number of values
 * are bounded.
 */
import { ipToBits, familyOf, type Ip } from "../../domain/ip.ts";
import { isRecord } from "../../domain/json.ts";
import { decodeValue, type ReadBytes } from "./mmdb/decode-value.ts";

/** The file is no database of this format, or damaged. */
export class MmdbError extends Error {}

const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
/** The metadata is in the last bytes of the file. */
const METADATA_BYTES = 128 * 1024;
/** Zeros between the tree and the data. */
const SEPARATOR_BYTES = 16;
const RECORD_BITS: readonly unknown[] = [24, 28, 32];
const IPV4_BITS = 32;
const IPV6_BITS = 128;

interface Tree {
  readonly nodes: number;
  /** Bytes of a node, which has two records. */
  readonly nodeBytes: number;
  /** Bits of the addresses in the tree. */
  readonly width: number;
  /** Where the data begin in the file. */
  readonly data: number;
}

export class Mmdb {
  readonly #read: ReadBytes;
  readonly #size: number;
  readonly #tree: Tree;

  /** `read` returns the bytes of the file from a position on, fewer at its end. Throws an MmdbError. */
  constructor(read: ReadBytes, size: number) {
    this.#read = read;
    this.#size = size;
    this.#tree = this.#readTree();
  }

  #readTree(): Tree {
    const begin = Math.max(0, this.#size - METADATA_BYTES);
    const end = Buffer.from(this.#read(begin, METADATA_BYTES));
    const marker = end.lastIndexOf(MARKER);
    if (marker < 0) throw new MmdbError("it is no .mmdb file: it has no metadata");
    const base = begin + marker + MARKER.length;
    const metadata = decodeValue((at, length) => this.#read(base + at, length), 0);
    const fields = isRecord(metadata) ? metadata : {};
    const { node_count: nodes, record_size: bits, ip_version: version } = fields;
    const isKnown = RECORD_BITS.includes(bits) && (version === 4 || version === 6);
    if (!isKnown || typeof nodes !== "number" || typeof bits !== "number")
      throw new MmdbError("its metadata is damaged");
    const nodeBytes = bits / 4;
    const data = nodes * nodeBytes + SEPARATOR_BYTES;
    if (data > base) throw new MmdbError("it is shorter than its metadata says");
    return { nodes, nodeBytes, data, width: version === 4 ? IPV4_BITS : IPV6_BITS };
  }

  /** Returns what the file says of the network around an address; undefined: nothing. Throws an MmdbError. */
  find(ip: Ip): unknown {
    const { nodes, nodeBytes, width, data } = this.#tree;
    if (width === IPV4_BITS && familyOf(ip) === "ipv6") return undefined;
    // IPv4 addresses are the first ones of IPv6.
    const bits = ipToBits(ip);
    let record = 0;
    for (let bit = width - 1; bit >= 0 && record < nodes; bit--) {
      const node = Buffer.from(this.#read(record * nodeBytes, nodeBytes));
      if (node.length < nodeBytes) throw new MmdbError("it is cut");
      record = recordIn(node, (bits >> BigInt(bit)) & 1n);
    }
    if (record <= nodes) return undefined;
    const at = record - nodes - SEPARATOR_BYTES;
    if (at < 0 || data + at >= this.#size) throw new MmdbError("it is damaged");
    return decodeValue((offset, length) => this.#read(data + offset, length), at);
  }
}

/** Returns the left (0) or right (1) record of a node. */
function recordIn(node: Buffer, side: bigint): number {
  const isRight = side === 1n;
  if (node.length === 8) return node.readUInt32BE(isRight ? 4 : 0);
  if (node.length === 6) return node.readUIntBE(isRight ? 3 : 0, 3);
  // The byte in the middle has the highest four bits of both.
  const middle = node.readUInt8(3);
  const high = isRight ? middle & 0x0f : middle >> 4;
  return high * 2 ** 24 + node.readUIntBE(isRight ? 4 : 0, 3);
}
