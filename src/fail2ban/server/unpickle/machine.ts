/** Where a pickle's opcodes work: bytes to read, a stack with marks, a memo. Every step is bounded. */
import type { PickleValue } from "../pickle-value.ts";

export class BadPickle extends Error {
  readonly kind: "object" | "large" | "broken";

  constructor(kind: BadPickle["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Machine {
  byte(): number;
  bytes(length: number): Buffer;
  /** Little-endian, of at most 6 bytes; with 8 only what is a sensible length. */
  unsigned(width: 1 | 2 | 4 | 8): number;
  /** Up to a line end, without it. */
  line(): string;
  push(value: PickleValue): void;
  pop(): PickleValue;
  top(): PickleValue;
  mark(): void;
  /** Everything above the last mark, which goes away as well. */
  popMark(): PickleValue[];
  remember(index: number): void;
  rememberNext(): void;
  recall(index: number): void;
}

export function createMachine(input: Uint8Array, values: number): Machine {
  const buffer = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let at = 0;
  let left = values;

  function bytes(length: number): Buffer {
    if (length > buffer.length - at) throw new BadPickle("broken", "it ends in the middle");
    at += length;
    return buffer.subarray(at - length, at);
  }

  function push(value: PickleValue): void {
    if (--left < 0) throw new BadPickle("large", "more values than one may hold");
    stack.push(value);
  }

  function top(): PickleValue {
    const floor = marks.at(-1) ?? 0;
    const value = stack.length > floor ? stack.at(-1) : undefined;
    if (value === undefined) throw new BadPickle("broken", "it takes a value that is not there");
    return value;
  }

  return {
    byte: () => bytes(1)[0] ?? 0,
    bytes,
    unsigned(width) {
      if (width < 8) return bytes(width).readUIntLE(0, width);
      const number = bytes(8).readBigUInt64LE();
      if (number > 0xffff_ffffn) throw new BadPickle("large", `a length of ${number}`);
      return Number(number);
    },
    line() {
      const end = buffer.indexOf(0x0a, at);
      if (end < 0) throw new BadPickle("broken", "it ends in the middle");
      const text = bytes(end - at).toString("latin1");
      at++;
      return text;
    },
    push,
    pop() {
      const value = top();
      stack.pop();
      return value;
    },
    top,
    mark: () => {
      if (--left < 0) throw new BadPickle("large", "more values than one may hold");
      marks.push(stack.length);
    },
    popMark() {
      const mark = marks.pop();
      if (mark === undefined) throw new BadPickle("broken", "it takes a mark that is not there");
      return stack.splice(mark);
    },
    remember: (index) => void memo.set(index, top()),
    rememberNext: () => void memo.set(memo.size, top()),
    recall(index) {
      const value = memo.get(index);
      if (value === undefined) throw new BadPickle("broken", `nothing is remembered as ${index}`);
      push(value);
    },
  };
}
