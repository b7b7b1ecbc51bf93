/**
 * Encodes values as a pickle of protocol 4, for Python 3.4 and later. An exception is encoded as a class with
 * arguments, because fail2ban's client expects exception objects.
 */
import {
  isDict,
  isList,
  isTagged,
  type PickleException,
  type PickleValue,
} from "./pickle-value.ts";

const MARK = Buffer.from("(");

export function writePickle(value: PickleValue): Buffer {
  const parts: Buffer[] = [Buffer.from([0x80, 4])];
  write(value, parts);
  parts.push(Buffer.from("."));
  return Buffer.concat(parts);
}

function write(value: PickleValue, out: Buffer[]): void {
  if (value === null) out.push(Buffer.from("N"));
  else if (typeof value === "boolean") out.push(Buffer.from([value ? 0x88 : 0x89]));
  else if (typeof value === "number") writeNumber(value, out);
  else if (typeof value === "bigint") writeLong(value, out);
  else if (typeof value === "string") writeText(value, out);
  else if (value instanceof Uint8Array) out.push(sized("B", value.length), Buffer.from(value));
  else if (isList(value)) writeMany(Buffer.from("]"), value, Buffer.from("e"), out);
  else if (isDict(value)) writeMany(Buffer.from("}"), [...value].flat(), Buffer.from("u"), out);
  else if (value instanceof Set)
    writeMany(Buffer.from([0x8f]), [...value], Buffer.from([0x90]), out);
  else if (isTagged(value)) {
    if (value.kind === "float") writeFloat(value.value, out);
    else if (value.kind === "tuple") writeTuple(value.items, out);
    else writeException(value, out);
  }
}

function writeNumber(value: number, out: Buffer[]): void {
  if (!Number.isSafeInteger(value)) writeFloat(value, out);
  else if (value >= 0 && value < 256) out.push(Buffer.from([0x4b, value]));
  else if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
    const bytes = Buffer.alloc(5, "J");
    bytes.writeInt32LE(value, 1);
    out.push(bytes);
  } else writeLong(BigInt(value), out);
}

function writeFloat(value: number, out: Buffer[]): void {
  const bytes = Buffer.alloc(9, "G");
  bytes.writeDoubleBE(value, 1);
  out.push(bytes);
}

/** Writes opcode LONG1: two's complement in the minimum number of bytes. */
function writeLong(value: bigint, out: Buffer[]): void {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, "0");
  out.push(Buffer.from([0x8a, length]), Buffer.from(digits, "hex").reverse());
}

function writeText(text: string, out: Buffer[]): void {
  const bytes = Buffer.from(text, "utf8");
  out.push(
    bytes.length < 256 ? Buffer.from([0x8c, bytes.length]) : sized("X", bytes.length),
    bytes,
  );
}

function sized(opcode: string, length: number): Buffer {
  const bytes = Buffer.alloc(5, opcode);
  bytes.writeUInt32LE(length, 1);
  return bytes;
}

function writeMany(
  empty: Buffer,
  items: readonly PickleValue[],
  close: Buffer,
  out: Buffer[],
): void {
  out.push(empty);
  if (items.length === 0) return;
  out.push(MARK);
  for (const item of items) write(item, out);
  out.push(close);
}

function writeTuple(items: readonly PickleValue[], out: Buffer[]): void {
  if (items.length > 0) out.push(MARK);
  for (const item of items) write(item, out);
  out.push(Buffer.from(items.length > 0 ? "t" : ")"));
}

function writeException({ module, name, args }: PickleException, out: Buffer[]): void {
  writeText(module, out);
  writeText(name, out);
  out.push(Buffer.from([0x93]));
  writeTuple(args, out);
  out.push(Buffer.from("R"));
}
