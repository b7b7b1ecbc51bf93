/**
 * Expands optionals after free text to alternatives. Free text is greedy, so an optional after it would never match:
 * `for {user}{? from {ip}}`. The variant with the optional comes first, the one without it next. The order inside each
 * is unchanged: of several possible positions the last one wins. If the peer comes later in the line, nothing is
 * expanded: a client that writes the optional text itself would then choose the address.
 */
import { isBlankCode } from "../characters.ts";
import type { FieldType, PatternPart } from "./pattern.ts";

type Parts = readonly PatternPart[];

/** Maximum number of alternatives of a pattern. More would cost too much time on each line. */
export const MAX_ALTERNATIVES = 32;

/** Returns alternatives in order of preference; only `parts` if no optional follows free text. */
export function alternativesOf(parts: Parts): readonly Parts[] {
  const plain = parts.map(asOptional);
  const [at, optional] = firstSwallowed(plain) ?? [];
  if (at === undefined || optional === undefined) return [plain];
  const [before, after] = [plain.slice(0, at), plain.slice(at + 1)];
  const present = alternativesOf([...before, ...optional.parts, ...after]);
  if (present.length > MAX_ALTERNATIVES) return present;
  return [...present, ...alternativesOf([...before, ...after])];
}

type Optional = Extract<PatternPart, { readonly kind: "optional" }>;

/** Converts `{a|b|}`, which is another spelling of `{?a|b}`. */
function asOptional(part: PatternPart): PatternPart {
  if (part.kind !== "choice" || !part.branches.some((branch) => branch.length === 0)) return part;
  const branches = part.branches.filter((branch) => branch.length > 0);
  const [first = []] = branches;
  return {
    kind: "optional",
    parts: branches.length > 1 ? [{ kind: "choice", branches }] : first,
  };
}

function firstSwallowed(parts: Parts): readonly [number, Optional] | undefined {
  for (const [at, part] of parts.entries()) {
    if (part.kind !== "optional" || hasField(parts.slice(at + 1), PEER)) continue;
    const before = parts.slice(0, at);
    const hasCaptured = hasField(part.parts, CAPTURED_FIELDS);
    // Free text before words and numbers takes it too: "{user} {result}{? from {ip}}".
    const isFar = hasCaptured && !hasField(before, PEER) && hasFreeText(before);
    if (isFar || isTakenBy(lastField(before), part, hasCaptured)) return [at, part];
  }
  return undefined;
}

/**
 * Returns whether free text would take the optional's text. If neither is captured, it does not matter which of them
 * matches.
 */
function isTakenBy(
  text: FreeField | undefined,
  { parts }: Optional,
  hasCaptured: boolean,
): boolean {
  if (text === undefined || !(text.isCaptured || hasCaptured)) return false;
  return beginsOf(parts).some((first) => takes(text, first));
}

function hasFreeText(parts: Parts): boolean {
  return parts.some((part) => {
    switch (part.kind) {
      case "literal":
        return false;
      case "skip":
        return true;
      case "field":
        return !["int", "ip", "endpoint", "quoted"].includes(part.type);
      case "optional":
        return hasFreeText(part.parts);
      case "choice":
        return part.branches.some(hasFreeText);
    }
  });
}

interface FreeField {
  readonly type: FieldType | "skip";
  readonly stop: string;
  readonly isCaptured: boolean;
}

const CAPTURED_FIELDS: ReadonlySet<string> = new Set([
  "ip",
  "host",
  "user",
  "count",
  "time",
  "port",
]);
const PEER: ReadonlySet<string> = new Set(["ip", "host"]);

/** Returns the last field of the parts; of several possible ones the one that matches most. */
function lastField(parts: Parts): FreeField | undefined {
  const last = parts.at(-1);
  switch (last?.kind) {
    case undefined:
    case "literal":
      return undefined;
    case "skip":
      return { type: "skip", stop: "", isCaptured: false };
    case "field":
      return { type: last.type, stop: last.stop, isCaptured: CAPTURED_FIELDS.has(last.name) };
    case "optional":
      return freest([lastField(last.parts), lastField(parts.slice(0, -1))]);
    case "choice":
      return freest(last.branches.map(lastField));
  }
}

const FREEDOM: readonly (FieldType | "skip")[] = [
  ...(["text", "skip", "name", "until", "unescaped", "host", "word", "int"] as const),
];

function freest(fields: readonly (FreeField | undefined)[]): FreeField | undefined {
  const free = fields.filter((field) => field !== undefined);
  const [most] = FREEDOM.flatMap((type) => free.filter((field) => field.type === type));
  return most && { ...most, isCaptured: free.some(({ isCaptured }) => isCaptured) };
}

function hasField(parts: Parts, names: ReadonlySet<string>): boolean {
  return parts.some((part) => {
    switch (part.kind) {
      case "literal":
      case "skip":
        return false;
      case "field":
        return names.has(part.name);
      case "optional":
        return hasField(part.parts, names);
      case "choice":
        return part.branches.some((branch) => hasField(branch, names));
    }
  });
}

/** What the parts can begin with: a character, or a field of a type; undefined: they can be empty. */
type First = string | { readonly type: FieldType | "skip" } | undefined;

function beginsOf(parts: Parts): readonly First[] {
  const [part, ...rest] = parts;
  switch (part?.kind) {
    case undefined:
      return [undefined];
    case "literal":
      return [part.text.charAt(0)];
    case "skip":
      return [{ type: "skip" }];
    case "field":
      return part.type === "quoted" ? ['"'] : [{ type: part.type }];
    case "optional":
      return [...beginsOf(part.parts).filter(Boolean), ...beginsOf(rest)];
    case "choice":
      return part.branches.flatMap((branch) => beginsOf([...branch, ...rest]));
  }
}

/** Returns whether the field could also consume `first`, with which the next part begins. */
function takes({ type, stop }: FreeField, first: First): boolean {
  const isChar = typeof first === "string";
  switch (type) {
    case "skip":
    case "text":
      return true;
    case "name":
      return first !== ":";
    case "word":
    case "host":
      return !isChar || !isBlankCode(first.charCodeAt(0));
    case "int":
      return !isChar || /[0-9]/.test(first);
    case "until":
    case "unescaped":
      return !isChar || !stop.includes(first);
    case "ip":
    case "endpoint":
    case "quoted":
    case "short":
      return false;
  }
}
