/**
 * `(?:(?! from ).)*?` followed by that very text, or by "$" -> the same without lookaround: what it takes then ends where
 * the text first stands, or where the line ends, so that there is one way only, and texts in which another does not
 * stand are a regular language. Written for texts whose first character comes again as their last at most, as in all
 * of fail2ban's: after any other mismatch nothing of the text is left over.
 */
import { writeCode } from "./character-classes.ts";
import type { Node } from "./tree.ts";

type Repeat = Extract<Node, { kind: "repeat" }>;

/** ASCII only. undefined: it is nothing like that. `after`: what must come directly after it. */
export function writeStopping(node: Repeat, after: readonly Node[]): string | undefined {
  const stop = stopText(node);
  if (stop === undefined) return undefined;
  const [first = 0] = stop;
  if (stop.length < 3 || stop.slice(1, -1).includes(first)) return undefined;
  const [next] = after;
  if (next?.kind === "end" && !next.everyLine) return without(stop, stop.length - 1);
  if (!stop.every((code, i) => isCharacter(after[i], code))) return undefined;
  // What is almost the text would become it by the first character of what comes after.
  return without(stop, stop.at(-1) === first ? stop.length - 2 : stop.length - 1);
}

/** Characters that nothing it takes begins with: `(?:(?!TEXT).)*`. */
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

/** Texts of a line that do not hold the text; they may end with so many of its characters. */
function without(stop: readonly number[], most: number): string {
  const [first = 0] = stop;
  const begin = writeCode(first);
  const isDouble = stop.at(-1) === first;
  // Having begun, it begins anew with its first character, but where that makes it whole.
  const inner = stop.slice(1, isDouble ? -2 : -1);
  const anew = `(?:${nested(inner)}${begin})*`;
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
  return `(?:[^\\n${begin}]|${begin}${anew}(?:${broken}))*(?:${begin}${anew}${tail})?`;
}

/** As many of the characters, from the first, as there are. */
function nested(codes: readonly number[]): string {
  return codes.reduceRight((rest, code) => `(?:${writeCode(code)}${rest})?`, "");
}
