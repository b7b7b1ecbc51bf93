/** Handles binary opcodes of numbers, texts and bytes, which Python's module pickletools documents. */
import type { PickleValue } from "../pickle-value.ts";
import { BadPickle, type Machine } from "./machine.ts";

type Take = (machine: Machine) => void;
type Opcode = readonly [number, Take];

/** Maximum bytes of a whole number, which bounds the cost of decoding it. */
const MAX_NUMBER_BYTES = 64;

export const SCALARS: readonly Opcode[] = [
  // PROTO: any supported version. FRAME: its length is redundant.
  [0x80, (m) => checkProtocol(m.byte())],
  [0x95, (m) => void m.bytes(8)],
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x4a, (m) => m.push(m.bytes(4).readInt32LE())],
  [0x4b, (m) => m.push(m.unsigned(1))],
  [0x4d, (m) => m.push(m.unsigned(2))],
  [0x8a, (m) => pushLong(m, m.unsigned(1))],
  [0x8b, (m) => pushLong(m, m.unsigned(4))],
  [0x47, (m) => m.push({ kind: "float", value: m.bytes(8).readDoubleBE() })],
  // BINSTRING and SHORT_BINSTRING of Python 2 are read as text.
  ...texts([0x54, 4], [0x55, 1], [0x58, 4], [0x8c, 1], [0x8d, 8]),
  ...byteStrings([0x42, 4], [0x43, 1], [0x8e, 8], [0x96, 8]),
];

function checkProtocol(protocol: number): void {
  if (protocol > 5) throw new BadPickle("broken", `pickle protocol ${protocol} is not known`);
}

function texts(...all: readonly (readonly [number, 1 | 4 | 8])[]): readonly Opcode[] {
  return all.map(([opcode, width]) => [
    opcode,
    (m) => m.push(m.bytes(m.unsigned(width)).toString("utf8")),
  ]);
}

function byteStrings(...all: readonly (readonly [number, 1 | 4 | 8])[]): readonly Opcode[] {
  return all.map(([opcode, width]) => [
    opcode,
    (m) => m.push(Uint8Array.from(m.bytes(m.unsigned(width)))),
  ]);
}

/** Reads a little-endian two's complement number. */
function pushLong(machine: Machine, length: number): void {
  if (length > MAX_NUMBER_BYTES) throw new BadPickle("large", `a number of ${length} bytes`);
  const digits = Buffer.from(machine.bytes(length)).reverse().toString("hex");
  const unsigned = digits === "" ? 0n : BigInt(`0x${digits}`);
  machine.push(wholeNumber(BigInt.asIntN(length * 8, unsigned)));
}

export function wholeNumber(value: bigint): PickleValue {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}
