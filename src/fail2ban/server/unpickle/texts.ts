/** Handles opcodes of protocol 0, which writes values as lines of text. Only old scripts send them. */
import { BadPickle, type Machine } from "./machine.ts";
import { wholeNumber } from "./scalars.ts";

type Opcode = readonly [number, (machine: Machine) => void];

const MAX_DIGITS = 150;

export const TEXTS: readonly Opcode[] = [
  [0x49, takeInteger],
  [0x4c, (m) => m.push(wholeNumber(readWhole(m.line().replace(/L$/, ""))))],
  [0x46, (m) => m.push({ kind: "float", value: readFloat(m.line()) })],
  [0x53, (m) => m.push(readQuoted(m.line()))],
  [0x56, (m) => m.push(readUnicode(m.line()))],
];

/** Reads an integer; "00" and "01" are booleans. */
function takeInteger(machine: Machine): void {
  const text = machine.line();
  if (text === "00" || text === "01") machine.push(text === "01");
  else machine.push(wholeNumber(readWhole(text)));
}

function readWhole(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new BadPickle("broken", "a number is not written as one");
  if (text.length > MAX_DIGITS) throw new BadPickle("large", `a number of ${text.length} digits`);
  return BigInt(text.replace(/^\+/, ""));
}

function readFloat(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const special = /^([+-]?)(inf|nan)$/i.exec(text);
  if (special === null) throw new BadPickle("broken", "a number is not written as one");
  if (special[2]?.toLowerCase() === "nan") return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function readUnicode(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, four, eight) => {
    const code = Number.parseInt(String(four ?? eight), 16);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** Parses a string literal of Python. */
function readQuoted(text: string): string {
  const inner = /^'(.*)'$|^"(.*)"$/.exec(text);
  if (inner === null) throw new BadPickle("broken", "a text is not in quotes");
  const bytes = String(inner[1] ?? inner[2]).replace(
    /\\(?:x([0-9a-fA-F]{2})|([^x]))/g,
    (whole, hex, one) =>
      hex === undefined
        ? (SIMPLE.get(String(one)) ?? whole)
        : String.fromCharCode(Number.parseInt(String(hex), 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
