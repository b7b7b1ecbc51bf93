/**
 * Rewrites `(?:(?! from ).)*?` followed by that text, or by "$", without lookaround: its match ends at the first
 * occurrence of the text, or at the end of the line, so only one match is possible, and texts without another text are
 * a regular language. Supports texts whose first character recurs at most as their last one, like all of fail2ban's:
 * after any other mismatch, no partial match remains.
 */
import { writeCode } from "./character-classes.ts";
import type { Node } from "./tree.ts";

type Repeat = Extract<Node, { kind: "repeat" }>;

/**
 * Returns the source of the rewritten repeat, for ASCII text; undefined: the node has another form. `after`: the nodes
 * that follow it.
 */
export function writeStopping(node: Repeat, after: readonly Node[]): string | undefined {
  const stop = stopText(node);
  if (stop === undefined) return undefined;
  const [first = 0] = stop;
  if (stop.length < 3 || stop.slice(1, -1).includes(first)) return undefined;
  const [next] = after;
  if (next?.kind === "end" && !next.everyLine) return without(stop, stop.length - 1);
  if (!stop.every((code, i) => isCharacter(after[i], code))) return undefined;
  // The first character of what follows would complete a partial match.
  return without(stop, stop.at(-1) === first ? stop.length - 2 : stop.length - 1);
}

/** Returns the text at which `(?:(?!TEXT).)*` stops, as codes; undefined: the node has another form. */
function stopText({ part, min, max, style }: Repeat): readonly number[] | undefined {
  if (min !== 0 || max !== Number.POSITIVE_INFINITY || style === "possessive") return undefined;
  if (part.kind !== "sequence" || part.parts.length !== 2) return undefined;
  const [look, any] = part.parts;
  if (any?.kind !== "any" || any.lineEnds || look?.kind !== "look") return undefined;
  if (!look.negated || look.direction !== "ahead" || look.part.kind !== "sequence")
    return undefined;
  const codes = look.part.parts.flatMap((one) =>
    one.kind === "character" && !one.ignoreCase && one.code !== LINE_END ? [one.code] : [],
  );
  return codes.length === look.part.parts.length ? codes : undefined;
}

const LINE_END = 10;

function isCharacter(node: Node | undefined, code: number): boolean {
  return node?.kind === "character" && node.code === code && !node.ignoreCase;
}

/**
 * Returns an expression for texts of a line that do not contain `stop`; they may end with up to `most` of its first
 * characters.
 */
function without(stop: readonly number[], most: number): string {
  const [first = 0] = stop;
  const begin = writeCode(first);
  const isDouble = stop.at(-1) === first;
  // A partial match restarts with the first character, unless that completes it.
  const inner = stop.slice(1, isDouble ? -2 : -1);
  const restart = `(?:${nested(inner)}${begin})*`;
  const broken = stop
    .slice(1)
    .map((code, i) => {
      const not = code === first ? begin : begin + writeCode(code);
      return `${stop
        .slice(1, i + 1)
        .map(writeCode)
        .join("")}[^\\n${not}]`;
    })
    .join("|");
  const tail = nested(stop.slice(1, most));
  return `(?:[^\\n${begin}]|${begin}${restart}(?:${broken}))*(?:${begin}${restart}${tail})?`;
}

/** Matches any number of the characters in order, from the first one. */
function nested(codes: readonly number[]): string {
  return codes.reduceRight((rest, code) => `(?:${writeCode(code)}${rest})?`, "");
}
