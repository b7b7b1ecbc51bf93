/** Writes small files of the MaxMind DB format, for tests. */
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import { ipToBits } from "../../domain/ip.ts";

export type MmdbValue = string | number | boolean | { readonly [key: string]: MmdbValue };

export interface MmdbPlan {
  readonly entries: readonly (readonly [Subject, MmdbValue])[];
  readonly recordSize: 24 | 28 | 32;
  readonly version: 4 | 6;
}

type Node = [left: Leaf, right: Leaf];
/** undefined: nothing; a number: position of a value in the data. */
type Leaf = Node | number | undefined;

export function writeMmdb({ entries, recordSize, version }: MmdbPlan): Buffer {
  const data: Buffer[] = [];
  const root: Node = [undefined, undefined];
  for (const [subject, value] of entries) {
    const at = data.reduce((sum, { length }) => sum + length, 0);
    data.push(encodeValue(value));
    insert(root, bitsOf(subject, version), at);
  }
  const nodes = listNodes(root);
  const records = nodes.flatMap((node) =>
    node.map((leaf) => {
      if (leaf === undefined) return nodes.length;
      return typeof leaf === "number" ? nodes.length + 16 + leaf : nodes.indexOf(leaf);
    }),
  );
  const metadata = { node_count: nodes.length, record_size: recordSize, ip_version: version };
  return Buffer.concat([
    ...nodes.map((_, i) => encodeNode(records[2 * i] ?? 0, records[2 * i + 1] ?? 0, recordSize)),
    Buffer.alloc(16),
    ...data,
    Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"),
    encodeValue({ ...metadata, database_type: "Test" }),
  ]);
}

function bitsOf(subject: Subject, version: 4 | 6): readonly (0 | 1)[] {
  const { ip, family, prefix } = splitSubject(subject);
  const width = family === "ipv4" ? 32 : 128;
  const padding = version === 6 && family === "ipv4" ? 96 : 0;
  const bits = ipToBits(ip).toString(2).padStart(width, "0").slice(0, prefix);
  return ("0".repeat(padding) + bits).split("").map((bit) => (bit === "1" ? 1 : 0));
}

function insert(root: Node, bits: readonly (0 | 1)[], at: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit];
    if (Array.isArray(next)) node = next;
    else {
      const added: Node = [undefined, undefined];
      node[bit] = added;
      node = added;
    }
  }
  node[bits.at(-1) ?? 0] = at;
}

function listNodes(root: Node): readonly Node[] {
  const nodes = [root];
  for (const node of nodes) for (const leaf of node) if (Array.isArray(leaf)) nodes.push(leaf);
  return nodes;
}

function encodeNode(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const node = Buffer.alloc(recordSize / 4);
  if (recordSize === 28) {
    node.writeUIntBE(left % 2 ** 24, 0, 3);
    node.writeUInt8(Math.floor(left / 2 ** 24) * 16 + Math.floor(right / 2 ** 24), 3);
    node.writeUIntBE(right % 2 ** 24, 4, 3);
  } else {
    node.writeUIntBE(left, 0, recordSize / 8);
    node.writeUIntBE(right, recordSize / 8, recordSize / 8);
  }
  return node;
}

function encodeValue(value: MmdbValue): Buffer {
  if (typeof value === "boolean") return Buffer.from([value ? 1 : 0, 14 - 7]);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([encodeControl(2, text.length), text]);
  }
  if (typeof value === "number") {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(value);
    return Buffer.concat([encodeControl(6, 4), number]);
  }
  const fields = Object.entries(value);
  const encoded = fields.flatMap(([key, field]) => [encodeValue(key), encodeValue(field)]);
  return Buffer.concat([encodeControl(7, fields.length), ...encoded]);
}

function encodeControl(type: number, size: number): Buffer {
  if (size < 29) return Buffer.from([type * 32 + size]);
  if (size < 285) return Buffer.from([type * 32 + 29, size - 29]);
  return Buffer.from([type * 32 + 30, Math.floor((size - 285) / 256), (size - 285) % 256]);
}
