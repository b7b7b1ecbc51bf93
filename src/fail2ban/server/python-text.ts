/**
 * Formats values as Python prints them, since tools parse that output. A single value is printed by str(), values
 * inside others by repr().
 */
import { isDict, isList, isTagged, type PickleValue } from "./pickle-value.ts";

export function pythonText(value: PickleValue): string {
  if (typeof value === "string") return value;
  if (isTagged(value) && value.kind === "exception") return exceptionText(value.name, value.args);
  return pythonRepr(value);
}

/** Returns the text of an exception: its only argument, or all of them; a KeyError quotes a single one. */
function exceptionText(name: string, args: readonly PickleValue[]): string {
  const [first] = args;
  if (args.length === 1 && first !== undefined)
    return name === "KeyError" ? pythonRepr(first) : pythonText(first);
  return args.length === 0 ? "" : `(${args.map(pythonRepr).join(", ")})`;
}

export function pythonRepr(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return quoteText(value);
  if (value instanceof Uint8Array) return `b${quoteBytes(value)}`;
  if (isList(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  if (isDict(value)) {
    const entries = [...value].map(([key, one]) => `${pythonRepr(key)}: ${pythonRepr(one)}`);
    return `{${entries.join(", ")}}`;
  }
  if (value instanceof Set)
    return value.size === 0 ? "set()" : `{${[...value].map(pythonRepr).join(", ")}}`;
  if (!isTagged(value)) return "";
  if (value.kind === "float") return formatFloat(value.value);
  if (value.kind === "tuple") return formatTuple(value.items);
  return `${value.name}${formatTuple(value.args, "call")}`;
}

function formatTuple(items: readonly PickleValue[], form: "tuple" | "call" = "tuple"): string {
  const comma = items.length === 1 && form === "tuple" ? "," : "";
  return `(${items.map(pythonRepr).join(", ")}${comma})`;
}

function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value) && Math.abs(value) < 1e16)
    return `${Object.is(value, -0) ? "-0" : value}.0`;
  const [digits = "", exponent] = String(value).split("e");
  if (exponent === undefined) return smallFloat(value);
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${digits}e${sign}${exponent.replace(/^[+-]/, "").padStart(2, "0")}`;
}

/** Formats a float. Python switches to an exponent at other limits than JavaScript. */
function smallFloat(value: number): string {
  if (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e16) return String(value);
  const [digits = "", exponent = "+0"] = value.toExponential().split("e");
  return `${digits}e${exponent[0] ?? "+"}${exponent.slice(1).padStart(2, "0")}`;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\\", "\\\\"],
]);

function quoteText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // Escapes characters that Python considers not printable; a blank is printable.
  const inner = text.replace(/[\\'\n\r\t]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (char) => {
    if (char === "'") return quote === "'" ? "\\'" : char;
    return NAMED.get(char) ?? escapeCode(char.codePointAt(0) ?? 0);
  });
  return `${quote}${inner}${quote}`;
}

function escapeCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x1_0000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function quoteBytes(bytes: Uint8Array): string {
  const text = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
  return quoteText(text).replace(/[\u0080-\u00ff]/g, (char) => escapeCode(char.charCodeAt(0)));
}
