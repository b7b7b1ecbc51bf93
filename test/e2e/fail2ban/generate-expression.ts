/** Generates small random expressions in Python's syntax, with every construct, and texts they may match. */
import type { Random } from "../../../bench/random.ts";

export interface Generated {
  readonly text: string;
  readonly multiline: boolean;
  readonly texts: readonly string[];
}

const LITERALS = [
  "a",
  "b",
  "c",
  "1",
  " ",
  "A",
  "-",
  "\\.",
  "\\n",
  "\\x41",
  "\\141",
  "\u00e9",
  "x",
] as const;
const CLASSES = ["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "."] as const;
const EDGES = ["^", "$", "\\b", "\\B", "\\A", "\\Z"] as const;
const SETS = [
  "[ab]",
  "[^a]",
  "[]a]",
  "[^]a]",
  "[a-c1]",
  "[\\d\\s]",
  "[^\\w]",
  "[a\\]-]",
  "[\\S]",
  "[ -~]",
  "[\\n\\t]",
  "[A-Z\\u00e9]",
] as const;
const COUNTS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "{0,3}", "{0}"] as const;
const FLAGS = ["(?i:", "(?s:", "(?m:", "(?a:", "(?i-s:", "(?-i:", "(?x: "] as const;
/** Texts searched at every character. */
const STOPS = ["aba", "ab ", " b "] as const;
const CHARACTERS = [
  ...STOPS,
  "a",
  "b",
  "c",
  "1",
  " ",
  "A",
  "B",
  "\n",
  "-",
  "\u00e9",
  "\u00c9",
  "x",
  "]",
  "\u{1f600}",
] as const;

const ASCII_CHARACTERS = [
  ...STOPS,
  "a",
  "b",
  "c",
  "1",
  " ",
  "A",
  "B",
  "\n",
  "-",
  "x",
  "]",
] as const;

export function generateExpression(random: Random): Generated {
  const text = createWriter(random).choice(3);
  // Python 3.11 ignores the flag "a" when it searches the start of a match, which is a bug.
  const characters = text.includes("(?a:") ? ASCII_CHARACTERS : CHARACTERS;
  const texts = Array.from({ length: 14 }, () => randomText(random, characters));
  return { text, multiline: random.below(6) === 0, texts };
}

function randomText(random: Random, characters: readonly [string, ...string[]]): string {
  let text = "";
  for (let left = random.below(9); left > 0; left--) text += random.pick(characters);
  return random.below(3) === 0 ? `${text}\n` : text;
}

interface Writer {
  choice(depth: number): string;
}

function createWriter(random: Random): Writer {
  let groups = 0;
  /** Closed groups, which may be referred to. */
  const closed: number[] = [];
  const named: string[] = [];

  const choice = (depth: number): string => {
    const options = Array.from({ length: 1 + (random.below(3) === 0 ? 1 : 0) }, () =>
      sequence(depth),
    );
    return options.join("|");
  };
  const sequence = (depth: number): string => {
    let text = "";
    for (let left = 1 + random.below(3); left > 0; left--) text += item(depth);
    return text;
  };

  function item(depth: number): string {
    const kind = random.below(21);
    if (kind === 0) return random.pick(EDGES);
    if (kind === 1) return "(?#note)";
    if (kind === 2 && depth > 0) return look();
    if (kind === 3) return backReference();
    if (kind === 4 && depth > 0) return condition(depth);
    if (kind === 20) return untilStop();
    // Possessive groups in Python 3.11 include characters of failed iterations, a bug that was fixed later.
    if (kind < 10 && depth > 0) return group(depth) + count(["", "", "?"]);
    return one() + count(["", "", "", "?", "+"]);
  }

  function one(): string {
    switch (random.below(4)) {
      case 0:
        return random.pick(CLASSES);
      case 1:
        return random.pick(SETS);
      default:
        return random.pick(LITERALS);
    }
  }

  function count(styles: readonly string[]): string {
    if (random.below(2) === 0) return "";
    const style = styles[random.below(styles.length)] ?? "";
    return random.pick(COUNTS) + style;
  }

  function group(depth: number): string {
    switch (random.below(6)) {
      case 0:
        return `(?:${choice(depth - 1)})`;
      case 1:
        return `${random.pick(FLAGS)}${choice(depth - 1)})`;
      case 2:
        return `(?>${choice(depth - 1)})`;
      default: {
        const index = ++groups;
        const isNamed = random.below(3) === 0;
        const open = isNamed ? `(?P<g${index}>` : "(";
        const inner = choice(depth - 1);
        closed.push(index);
        if (isNamed) named.push(`g${index}`);
        return `${open}${inner})`;
      }
    }
  }

  function look(): string {
    const fixed = one() + (random.below(2) === 0 ? one() : "");
    return `${random.pick(["(?=", "(?!", "(?<=", "(?<!"])}${fixed})`;
  }

  function untilStop(): string {
    const stop = random.pick(STOPS);
    const part = `(?:(?!${stop}).)*${random.pick(["", "?"])}`;
    if (random.below(2) === 0) return part + random.pick([stop, "$"]);
    closed.push(++groups);
    return `(${part})${random.pick([stop, "$"])}`;
  }

  function backReference(): string {
    const name = named[random.below(named.length)];
    if (name !== undefined && random.below(2) === 0) return `(?P=${name})`;
    const index = closed[random.below(closed.length)];
    return index === undefined ? one() : `\\${index}(?:)`;
  }

  function condition(depth: number): string {
    const index = closed[random.below(closed.length)];
    if (index === undefined) return one();
    const no = random.below(2) === 0 ? `|${sequence(depth - 1)}` : "";
    return `(?(${index})${sequence(depth - 1)}${no})`;
  }

  return { choice };
}
