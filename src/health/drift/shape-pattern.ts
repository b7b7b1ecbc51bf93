/** Writes a shape as the pattern of a rule, and an example of it as a sample without real addresses, names and hosts. */
import { matchShape } from "./match-shape.ts";
import type { MinedShape } from "./message-miner.ts";
import {
  partsOfTemplate,
  type SlotKind,
  type TemplatePart,
  type Token,
  type Tokens,
} from "./message-tokens.ts";

/** After this many messages, a slot that never varied becomes constant text of the pattern. */
const MIN_SEEN_CONSTANT = 5;
const MAX_CONSTANT = 40;

/** Types for a name, the widest first; the first that cannot be forged is used. */
const NAME_TYPES = ["text", "name", "word"] as const;
export type NameType = (typeof NAME_TYPES)[number];

/** Returns the types to try for the names of a shape. */
export function nameTypesOf({ slots }: MinedShape): readonly NameType[] {
  return slots.includes("user") ? NAME_TYPES : ["text"];
}

/** A part of a shape's template, and the number of its first slot in the shape. */
export interface ShapePiece {
  readonly template: string;
  readonly firstSlot: number;
}

/** Returns the pattern of a piece of the shape; by default, of all of it. */
export function patternOf(
  shape: MinedShape,
  name: NameType,
  { template, firstSlot }: ShapePiece = { template: shape.key, firstSlot: 0 },
): string {
  const parts = partsOfTemplate(template);
  let slot = firstSlot - 1;
  return parts
    .map((part, i) => {
      if (part.kind === "text") return escapeBraces(part.text);
      slot++;
      const constant = constantOf(shape, slot);
      if (constant !== undefined) return escapeBraces(constant);
      return fieldOf(part.is, { shape, slot, before: textBefore(parts, i), name });
    })
    .join("");
}

function constantOf({ slots, constants, count }: MinedShape, slot: number): string | undefined {
  const kind = slots[slot];
  const constant = constants[slot];
  // An always empty name is omitted, as in "logname= uid=0".
  if (kind === "user" && constant === "") return "";
  if (constant === undefined || count < MIN_SEEN_CONSTANT) return undefined;
  if (kind !== "word" && kind !== "path" && kind !== "hex") return undefined;
  return constant.length > 0 && constant.length <= MAX_CONSTANT ? constant : undefined;
}

interface Field {
  readonly shape: MinedShape;
  readonly slot: number;
  readonly before: string;
  readonly name: NameType;
}

function fieldOf(kind: SlotKind, { shape, slot, before, name }: Field): string {
  const number = slot + 1;
  switch (kind) {
    case "ip":
      return slot === shape.peerSlot ? "{ip}" : `{address${number}:ip}`;
    case "int":
      return /\bport[ :=]?$/i.test(before) ? portField(shape, slot) : `{number${number}:int}`;
    case "user": {
      const type = name === "text" ? "" : `:${name}`;
      return slot === userSlot(shape) ? `{user${type}}` : `{name${number}:${name}}`;
    }
    case "quoted":
      return `{quoted${number}:quoted}`;
    case "text":
      return `{text${number}:text}`;
    case "word":
    case "path":
    case "hex":
    case "rest":
      return `{word${number}}`;
  }
}

/** Returns the slot of the user, the last of several names: "ruser=… rhost=… user=…". */
function userSlot(shape: MinedShape): number {
  return shape.slots.findLastIndex(
    (kind, slot) => kind === "user" && constantOf(shape, slot) === undefined,
  );
}

/** Returns the field for a number: "port" for the first one, numbered names for others. */
function portField({ slots }: MinedShape, slot: number): string {
  return slots.indexOf("int") === slot ? "{port}" : `{port${slot + 1}:int}`;
}

function textBefore(parts: readonly TemplatePart[], i: number): string {
  const before = parts[i - 1];
  return before?.kind === "text" ? before.text : "";
}

function escapeBraces(text: string): string {
  return text.replace(/[{}]/g, "$&$&");
}

/** What a sample contains. */
export interface ShapeSample {
  /** One text for each slot. */
  readonly values: readonly string[];
  readonly ip: string | undefined;
  readonly user: string | undefined;
}

/**
 * Replaces what could identify a user or a host in an example of the shape. undefined: no example was kept whole. `read` splits
 * an example as it was split when it was mined.
 */
export function sampleOf(
  shape: MinedShape,
  read: (example: string) => Tokens,
): ShapeSample | undefined {
  const own = exampleValues(shape, read);
  if (own === undefined) return undefined;
  const { slots, peerSlot } = shape;
  const values = slots.map(
    (kind, slot) => constantOf(shape, slot) ?? sampleValue(kind, slot, own[slot]),
  );
  const ip = peerSlot < 0 ? undefined : sampleAddress(peerSlot);
  return { values, ip, user: values[userSlot(shape)] };
}

/** Writes a piece of the shape with these values; by default, all of it. */
export function sampleText(
  { key }: MinedShape,
  values: readonly string[],
  { template, firstSlot }: ShapePiece = { template: key, firstSlot: 0 },
): string {
  let slot = firstSlot - 1;
  return partsOfTemplate(template)
    .map((part) => {
      if (part.kind === "text") return part.text;
      const value = values[++slot] ?? "";
      return part.is === "quoted" ? `"${value}"` : value;
    })
    .join("");
}

function exampleValues(
  { key, examples }: MinedShape,
  read: (example: string) => Tokens,
): readonly string[] | undefined {
  const words = key.split(" ");
  for (const example of examples) {
    const { tokens } = read(example);
    const exact = tokens.map(({ template }) => template).join(" ") === key;
    const values = exact ? valuesOf(tokens) : matchShape(words, tokens);
    if (values !== undefined) return values;
  }
  return undefined;
}

function valuesOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ values }) => values);
}

const SAMPLE_NAME = "alice";

function sampleValue(kind: SlotKind, slot: number, value = ""): string {
  switch (kind) {
    case "ip":
      return sampleAddress(slot);
    case "int":
      return value;
    case "user":
      return SAMPLE_NAME;
    case "quoted":
    case "text":
      return "text";
    case "path":
      return "/path";
    case "word":
      return sampleWord(value);
    case "hex":
    case "rest":
      return /^\w{1,40}$/.test(value) ? value : "word";
  }
}

/** Replaces hosts, accounts with a domain, and long words; a version or a number with a unit identifies nobody. */
function sampleWord(value: string): string {
  if (value.includes("@")) return "alice@example.org";
  if (/[A-Za-z]\.[A-Za-z]/.test(value)) return "host.example.org";
  return /^[\w.:/+-]{1,16}$/.test(value) && /\d/.test(value) ? value : "word";
}

function sampleAddress(slot: number): string {
  return `192.0.2.${7 + slot}`;
}
