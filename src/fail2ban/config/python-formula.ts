/** Decides whether a value that bailiff cannot evaluate is also an error in fail2ban's `eval`. */
import { NOT_FINITE } from "./calculate.ts";

/** Matches formulas of numbers, names and operators; calls, strings, lists and powers need Python. */
const PLAIN = /^(?!.*\*\*)[\w\s.+*/%-]*$/;
/** Number literals that only Python accepts: 0x10, 2j. */
const OTHER_NUMBER = /\b0[xob]|\dj\b/i;
/** Names that Python defines, and keywords that may skip the evaluation of a part. */
const NAMES: ReadonlySet<string> = new Set(
  `and or if else not in is none true false ellipsis abs all any ascii bin bool breakpoint bytearray bytes callable chr
  classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format
  frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map
  math max memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice
  sorted staticmethod str sum super time datetime re tuple type vars zip`.split(/\s+/),
);

/** Reports whether Python certainly fails to evaluate the text; `error` is that of `calculate`. */
export function stopsPython(text: string, error: string): boolean {
  if (!PLAIN.test(text) || OTHER_NUMBER.test(text) || error.includes(NOT_FINITE)) return false;
  const words = text.toLowerCase().match(/[a-z_]\w*/g) ?? [];
  return !words.some((word) => NAMES.has(word) || word.startsWith("_"));
}
