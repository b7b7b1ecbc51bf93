/** Generates random patterns and expressions that may be expensive, and hostile lines for them. Equal in every run. */
import type { Random } from "../bench/random.ts";
import type { FilterDefinition, Recognizer } from "../src/domain/filter-definition.ts";
import { compileFilter, type Filter } from "../src/parse/filter/compile-filter.ts";

/** Sources cut longer lines. */
export const MAX_LINE_LENGTH = 16_384;

const LITERALS = ["a", "@", " ", ": ", " from ", "(", "ab", "-", "a a", "x ", '"', "1."] as const;
const FIELDS = [
  ...(["{w:word}", "{t:text}", "{*}", "{n:name}", "{i:int}", "{q:quoted}"] as const),
  ...(["{reason:short}", "{*:short}", "{u:until=@}", "{e:endpoint}"] as const),
] as const;
const TOLD = [
  ...(["{user}", "{ip}", "{host}", "{user:word}", "{count}"] as const),
  ...(["{user:short}", "{user:until= }", "{ip:endpoint}"] as const),
] as const;
const ATOMS = [
  "a",
  "@",
  " ",
  "[^ ]",
  "\\S",
  "\\w",
  ".",
  "[a-z@]",
  "\\d",
  "\\.",
  "(?:a|ab)",
] as const;
const COUNTS = ["", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}"] as const;

/** A random pattern that the compiler accepts. */
export function randomPattern(random: Random): string {
  return acceptedPattern(() =>
    Array.from({ length: 2 + random.below(7) }, () => randomPiece(random, 2)).join(""),
  );
}

/** The first pattern that the compiler accepts. */
export function acceptedPattern(next: () => string): string {
  for (;;) {
    const pattern = next();
    if (filterOf("tried", [isLine(pattern)]) !== undefined) return pattern;
  }
}

function randomPiece(random: Random, depth: number): string {
  const kind = random.below(depth > 0 ? 10 : 8);
  if (kind < 3) return random.pick(LITERALS);
  if (kind < 6) return random.pick(FIELDS);
  if (kind < 8) return random.pick(TOLD);
  const inner = (): string => randomPiece(random, depth - 1) + randomPiece(random, depth - 1);
  return kind === 8 ? `{?${inner()}}` : `{${inner()}|${inner()}}`;
}

/**
 * A random expression in JavaScript's syntax, which the compiler may refuse. Repeated groups are never empty, because
 * the dialects capture empty ones differently.
 */
export function randomRegex(random: Random): string {
  const atom = (depth: number): string => {
    if (depth === 0 || random.below(4) > 0) return random.pick(ATOMS) + random.pick(COUNTS);
    const inner =
      random.pick(ATOMS) +
      Array.from({ length: 1 + random.below(3) }, () => atom(depth - 1)).join("");
    return `(?:${inner}${random.below(3) === 0 ? `|${random.pick(ATOMS)}${atom(depth - 1)}` : ""})${random.pick(COUNTS)}`;
  };
  const some = (): string => Array.from({ length: 1 + random.below(3) }, () => atom(2)).join("");
  return `${some()}(?<ip>${atom(1)})${some()}(?<user>${random.pick(ATOMS)}${atom(1)})?${some()}`;
}

/** undefined: the compiler refuses it. */
export function filterOf(name: string, recognize: readonly Recognizer[]): Filter | undefined {
  const rules = recognize.map((one, i) => ({
    id: `r${i}`,
    is: "neutral" as const,
    mode: "normal" as const,
    counting: "each" as const,
    closes: false,
    login: "password" as const,
    recognize: one,
  }));
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const definition: FilterDefinition = { name, path: name, programs: [], rules, ...nothing };
  const compiled = compileFilter(definition, "normal");
  return compiled.ok ? compiled.value : undefined;
}

export const isLine = (pattern: string): Recognizer => ({ kind: "line", patterns: [pattern] });
export const isRegex = (source: string): Recognizer => ({ kind: "regex", source });

const WORDS = ["a", "a@a", "ab", "192.0.2.1", "7", "a b", "", "aaaa", "x@a.b", "::1"] as const;

/** A line that the pattern may match: its literals, with a value for every field. */
export function lineFor(pattern: string, random: Random): string {
  return pattern
    .replace(/\{[^{}]*\}/g, () => random.pick(WORDS))
    .replace(/[{}?|]/g, () => (random.below(2) === 0 ? "" : random.pick(WORDS)));
}

/** Such a line with a repeated part up to `length`, and with or without a non-matching end. */
export function hostileLine(pattern: string, random: Random, length: number): string {
  const line = lineFor(pattern, random);
  const at = random.below(line.length + 1);
  const piece = line.slice(at, at + 1 + random.below(8)) || random.pick(LITERALS);
  const end = random.below(2) === 0 ? " \u00a7" : line.slice(at);
  const times = Math.max(1, Math.ceil(length / piece.length));
  return (line.slice(0, at) + piece.repeat(times)).slice(0, length - end.length) + end;
}
