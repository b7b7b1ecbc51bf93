/** Finds where a text diverges from a pattern, by compiling longer and longer parts of the pattern. */
import { parseIp } from "../../../domain/ip.ts";
import { firstCapture } from "../captures.ts";
import type { CompiledRule } from "../compiled-rule.ts";
import { compileLinear } from "../../expression/linear-expression.ts";
import { compilePattern } from "../../pattern/compile-pattern.ts";
import { parsePattern, type PatternPart } from "../../pattern/pattern.ts";
import { writePattern } from "../../pattern/write-pattern.ts";

export interface Divergence {
  /** The beginning of the text that the pattern matches; "": nothing. */
  readonly matched: string;
  /** The part of the pattern that does not match, as written; "": none. */
  readonly expected: string;
  /** The text from the position of the mismatch. */
  readonly found: string;
  /** Whether `found` describes the line, instead of quoting it. */
  readonly isDescription?: true;
}

export function followPattern(pattern: string, text: string): Divergence {
  const parsed = parsePattern(pattern);
  const parts = parsed.ok ? parsed.value.flatMap(charByChar) : [];
  for (let count = parts.length; count > 0; count--) {
    const end = endOf(parts.slice(0, count), text);
    if (end === undefined) continue;
    const rest = writePattern(parts.slice(count));
    const found = text.slice(end);
    const isWhole = rest === "" && found === "";
    const expected = rest === "" ? "the end of the line" : `"${rest}"`;
    return { matched: text.slice(0, end), expected: isWhole ? "" : expected, found };
  }
  return { matched: "", expected: `"${pattern}"`, found: text };
}

/** Finds what is in place of an address, in a text that the pattern matches; undefined: it is a valid address. */
export function findInvalidAddress(rule: CompiledRule, text: string): Divergence | undefined {
  const expression = rule.expression();
  expression.lastIndex = 0;
  const captures = expression.exec(`${text}\n`);
  const peer = captures === null ? undefined : firstCapture(captures, rule.ipGroups);
  if (peer === undefined || parseIp(peer) !== undefined) return undefined;
  // Of two such places the later one is the address.
  const at = text.lastIndexOf(peer);
  return { matched: text.slice(0, at), expected: "a valid address", found: text.slice(at) };
}

/** Returns where the longest match of these parts ends. */
function endOf(parts: readonly PatternPart[], text: string): number | undefined {
  const compiled = compileLinear(compilePattern(parts).source);
  return compiled.ok ? compiled.value.exec(text)?.[0].length : undefined;
}

function charByChar(part: PatternPart): readonly PatternPart[] {
  return part.kind === "literal"
    ? part.text.split("").map((text) => ({ kind: "literal", text }))
    : [part];
}
