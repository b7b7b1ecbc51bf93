/** Holds the state of a pickle machine: input, stack with marks, and memo. Every operation is bounded. */
import type { PickleValue } from "../pickle-value.ts";

export class BadPickle extends Error {
  readonly kind: "object" | "large" | "broken";

  constructor(kind: BadPickle["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export class Machine {
  readonly #buffer: Buffer;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;
  #valuesLeft: number;
  readonly #maxStored: number;

  /** `values`: maximum number of values and marks, and of places in the memo. */
  constructor(input: Uint8Array, values: number) {
    this.#buffer = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    this.#valuesLeft = values;
    this.#maxStored = values;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  bytes(length: number): Buffer {
    if (length > this.#buffer.length - this.#at) throw new BadPickle("broken", ENDS_EARLY);
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  /** Reads a little-endian number; one of 8 bytes must be below 4 GiB, since it is a length. */
  unsigned(width: 1 | 2 | 4 | 8): number {
    if (width < 8) return this.bytes(width).readUIntLE(0, width);
    const number = this.bytes(8).readBigUInt64LE();
    if (number > 0xffff_ffffn) throw new BadPickle("large", `a length of ${number}`);
    return Number(number);
  }

  /** Reads up to a newline, which is consumed but not included. */
  line(): string {
    const end = this.#buffer.indexOf(0x0a, this.#at);
    if (end < 0) throw new BadPickle("broken", ENDS_EARLY);
    const text = this.bytes(end - this.#at).toString("latin1");
    this.#at++;
    return text;
  }

  push(value: PickleValue): void {
    this.#countValue();
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): PickleValue {
    const floor = this.#marks.at(-1) ?? 0;
    const value = this.#stack.length > floor ? this.#stack.at(-1) : undefined;
    if (value === undefined) throw new BadPickle("broken", "it takes a value from an empty stack");
    return value;
  }

  mark(): void {
    this.#countValue();
    this.#marks.push(this.#stack.length);
  }

  /** Removes the last mark, and returns everything above it. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new BadPickle("broken", "it takes a mark that was never set");
    return this.#stack.splice(mark);
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
    if (this.#memo.size > this.#maxStored) throw new BadPickle("large", "too many stored values");
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new BadPickle("broken", `memo ${index} was never stored`);
    this.push(value);
  }

  #countValue(): void {
    if (--this.#valuesLeft < 0) throw new BadPickle("large", "too many values");
  }
}

const ENDS_EARLY = "it ends in the middle";
