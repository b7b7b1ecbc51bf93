/** Decodes a value in the data of a MaxMind DB. Bounded by MAX_VALUES, MAX_DEPTH and MAX_BYTES. */

/** Returns up to `length` bytes from a position on. */
export type ReadBytes = (at: number, length: number) => Uint8Array;

const MAX_VALUES = 2000;
const MAX_DEPTH = 16;
/** Maximum bytes of a text or number. */
const MAX_BYTES = 4096;

const TYPE = {
  pointer: 1,
  text: 2,
  double: 3,
  bytes: 4,
  uint16: 5,
  uint32: 6,
  map: 7,
  int32: 8,
  uint64: 9,
  uint128: 10,
  list: 11,
  boolean: 14,
  float: 15,
} as const;
/** Added to the second byte of an extended type. */
const FIRST_EXTENDED = 7;
const UNSIGNED: ReadonlySet<number> = new Set([
  TYPE.uint16,
  TYPE.uint32,
  TYPE.uint64,
  TYPE.uint128,
]);

/** A value that the format does not allow, or that exceeds a bound. */
export class DecodeError extends Error {}

/** Returns texts, numbers, booleans, lists and objects. A type that nobody needs is undefined. Throws a DecodeError. */
export function decodeValue(read: ReadBytes, at: number): unknown {
  return new Decoder(read).value(at, 0).value;
}

interface Decoded {
  readonly value: unknown;
  /** Position after the value. */
  readonly end: number;
}

class Decoder {
  readonly #read: ReadBytes;
  #values = 0;

  constructor(read: ReadBytes) {
    this.#read = read;
  }

  value(at: number, depth: number): Decoded {
    this.#values++;
    if (this.#values > MAX_VALUES || depth > MAX_DEPTH) throw new DecodeError("too many values");
    const control = this.#byte(at);
    const short = control >> 5;
    if (short === TYPE.pointer) return this.#pointer(control, at + 1, depth);
    const isExtended = short === 0;
    const type = isExtended ? this.#byte(at + 1) + FIRST_EXTENDED : short;
    const { size, end: begin } = this.#size(control & 0x1f, at + (isExtended ? 2 : 1));
    if (type === TYPE.map) return this.#map(size, begin, depth);
    if (type === TYPE.list) return this.#list(size, begin, depth);
    if (type === TYPE.boolean) return { value: size !== 0, end: begin };
    return { value: this.#plain(type, begin, size), end: begin + size };
  }

  #bytes(at: number, length: number): Buffer {
    if (length > MAX_BYTES) throw new DecodeError("a value is too long");
    const bytes = Buffer.from(this.#read(at, length));
    if (at < 0 || bytes.length < length) throw new DecodeError("a value is cut");
    return bytes;
  }

  #byte(at: number): number {
    return this.#bytes(at, 1).readUInt8();
  }

  #number(at: number, length: number): number {
    return length === 0 ? 0 : this.#bytes(at, length).readUIntBE(0, length);
  }

  #size(size: number, at: number): { readonly size: number; readonly end: number } {
    if (size < 29) return { size, end: at };
    if (size === 29) return { size: 29 + this.#number(at, 1), end: at + 1 };
    if (size === 30) return { size: 285 + this.#number(at, 2), end: at + 2 };
    return { size: 65_821 + this.#number(at, 3), end: at + 3 };
  }

  #pointer(control: number, at: number, depth: number): Decoded {
    const length = ((control >> 3) & 0x3) + 1;
    const first = [0, 2048, 526_336, 0][length - 1] ?? 0;
    const high = length === 4 ? 0 : (control & 0x7) * 2 ** (8 * length);
    const target = first + high + this.#number(at, length);
    return { value: this.value(target, depth + 1).value, end: at + length };
  }

  #map(size: number, begin: number, depth: number): Decoded {
    const map: Record<string, unknown> = Object.create(null);
    let at = begin;
    for (let i = 0; i < size; i++) {
      const key = this.value(at, depth + 1);
      const value = this.value(key.end, depth + 1);
      if (typeof key.value !== "string") throw new DecodeError("a key is no text");
      map[key.value] = value.value;
      at = value.end;
    }
    return { value: map, end: at };
  }

  #list(size: number, begin: number, depth: number): Decoded {
    const list: unknown[] = [];
    let at = begin;
    for (let i = 0; i < size; i++) {
      const { value, end } = this.value(at, depth + 1);
      list.push(value);
      at = end;
    }
    return { value: list, end: at };
  }

  #plain(type: number, at: number, size: number): unknown {
    if (type === TYPE.text) return this.#bytes(at, size).toString("utf8");
    // Larger numbers are of no use here.
    if (UNSIGNED.has(type)) return size <= 6 ? this.#number(at, size) : undefined;
    // Ignores other types, such as coordinates.
    return undefined;
  }
}
