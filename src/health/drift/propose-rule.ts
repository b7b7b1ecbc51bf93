/**
 * Proposes a rule that recognizes a shape's lines, with a sample made from an example. Otherwise it returns why none is
 * proposed. It is strict, because an accepted rule bans: the line must clearly state the address and the failure.
 * Whether clients can forge the line is tested by test-forgery.ts.
 */
import type { Counting, MatchKind } from "../../domain/match.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { matchShape } from "./match-shape.ts";
import {
  partsOfTemplate,
  type SlotKind,
  type TemplatePart,
  type Token,
  tokenize,
} from "./message-tokens.ts";
import type { MinedShape } from "./message-miner.ts";

export interface ProposedRule {
  readonly id: string;
  readonly is: MatchKind;
  readonly counts: Counting;
  /** The only pattern of the rule. */
  readonly line: string;
  readonly sample: ProposedSample;
}

export interface ProposedSample {
  readonly line: string;
  readonly ip: string | undefined;
  readonly user: string | undefined;
}

export interface ProposeOptions {
  /** Ids of existing rules. */
  readonly taken: ReadonlySet<string>;
  /** Number of failures that other rules have counted so far. */
  readonly failures: number;
}

/** After this many messages, a slot that never varied becomes constant text of the pattern. */
const MIN_SEEN_CONSTANT = 5;
const MAX_CONSTANT = 40;

/** Returns possible rules, the one that recognizes most lines first. */
export function proposeRule(
  shape: MinedShape,
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const reason = whyUnwritable(shape) ?? whyNone(shape);
  if (reason !== undefined) return fail(reason);
  return write(shape, "failure", options);
}

/** Returns a neutral rule for lines of this shape; it needs no address and no word of failure. */
export function neutralRule(
  shape: MinedShape,
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const reason = whyUnwritable(shape);
  return reason === undefined ? write(shape, "neutral", options) : fail(reason);
}

function whyUnwritable({ slots }: MinedShape): string | undefined {
  return slots.includes("rest") ? "its lines differ too much for one rule" : undefined;
}

function whyNone(shape: MinedShape): string | undefined {
  const { failureWords, saysSuccess, peerSlot, peerSaid, rivals, key } = shape;
  if (failureWords.length === 0) return "no word in it says that something failed";
  if (saysSuccess) return "a word in it says that access was granted";
  if (peerSlot < 0) return "it names no address that could be the client's";
  if (!peerSaid) return "nothing says that the address is the client's (as from, by, rhost= would)";
  if (rivals > 0) return "two addresses in it could be the client's";
  const [first] = partsOfTemplate(key);
  if (first?.kind !== "text" || !BEGINS_WITH_WORD.test(first.text))
    return "it begins with what changes, so other messages could be made to look like it";
  return undefined;
}

/** The pattern begins with a constant word, perhaps after brackets or quotes. */
const BEGINS_WITH_WORD = /^["'(<[]*[A-Za-z]{2}/;

function write(
  shape: MinedShape,
  is: "failure" | "neutral",
  options: ProposeOptions,
): Result<readonly ProposedRule[], string> {
  const values = exampleValues(shape);
  if (values === undefined) return fail("no line of it was short enough to be kept whole");
  const parts = partsOfTemplate(shape.key);
  const names: readonly NameType[] = shape.slots.includes("user") ? NAME_TYPES : ["text"];
  const common = {
    id: freeId(shape, options.taken),
    is,
    counts: is === "failure" ? countingOf(shape, options) : ("each" as const),
    sample: sampleOf(shape, parts, values),
  };
  return ok(names.map((type) => ({ ...common, line: patternOf(shape, parts, type) })));
}

/**
 * Returns how a line counts. While other rules still count failures, the line may be about the same attempts, so it
 * counts "early"; otherwise each line counts.
 */
function countingOf({ failuresBefore, count }: MinedShape, { failures }: ProposeOptions): Counting {
  return failures - failuresBefore >= count / 2 ? "early" : "each";
}

function exampleValues({ key, examples }: MinedShape): readonly string[] | undefined {
  const words = key.split(" ");
  for (const example of examples) {
    const { tokens } = tokenize(example);
    const exact = tokens.map(({ template }) => template).join(" ") === key;
    const values = exact ? valuesOf(tokens) : matchShape(words, tokens);
    if (values !== undefined) return values;
  }
  return undefined;
}

function valuesOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ values }) => values);
}

/** Types for a name, the widest first; the first that cannot be forged is used. */
const NAME_TYPES = ["text", "name", "word"] as const;
type NameType = (typeof NAME_TYPES)[number];

function patternOf(shape: MinedShape, parts: readonly TemplatePart[], name: NameType): string {
  let slot = -1;
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
  if (constant === undefined || count < MIN_SEEN_CONSTANT) return undefined;
  // An always empty name is omitted, as in "logname= uid=0".
  if (kind === "user" && constant === "") return "";
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

/** Returns an example as sample, with documentation addresses and with simple names. */
function sampleOf(
  shape: MinedShape,
  parts: readonly TemplatePart[],
  values: readonly string[],
): ProposedSample {
  let slot = -1;
  let user: string | undefined;
  const line = parts.map((part) => {
    if (part.kind === "text") return part.text;
    slot++;
    const value = constantOf(shape, slot) ?? sampleValue(part.is, slot, values[slot]);
    if (slot === userSlot(shape)) user = value;
    return part.is === "quoted" ? `"${value}"` : value;
  });
  const ip = shape.peerSlot < 0 ? undefined : sampleAddress(shape.peerSlot);
  return { line: line.join(""), ip, user };
}

const SAMPLE_NAME = "alice";

function sampleValue(kind: SlotKind, slot: number, value = ""): string {
  switch (kind) {
    case "ip":
      return sampleAddress(slot);
    case "int":
      return value;
    case "user":
      return /^[a-z_][a-z0-9_-]{0,31}$/.test(value) ? value : SAMPLE_NAME;
    case "quoted":
    case "text":
      return "text";
    case "word":
    case "path":
    case "hex":
    case "rest":
      return /^[\w.:@/+-]{1,40}$/.test(value) ? value : "word";
  }
}

function sampleAddress(slot: number): string {
  return `192.0.2.${7 + slot}`;
}

/** Returns an unused id from the first constant words, such as "wrong-password-for". */
function freeId({ key }: MinedShape, taken: ReadonlySet<string>): string {
  const words = partsOfTemplate(key)
    .flatMap((part) => (part.kind === "text" ? part.text.toLowerCase().split(/[^a-z]+/) : []))
    .filter((word) => word.length > 1)
    .slice(0, 3);
  const id = words.join("-").slice(0, 48) || "line";
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? id : `${id}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
