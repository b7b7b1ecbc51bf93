/**
 * Parses a regular expression of Python's dialect (the re module of Python 3.11) to its tree, or returns the error and
 * its position. Source: Python's documentation of re, and Python's behavior where that is silent.
 */
import { fail, ok, type Result } from "../../../domain/result.ts";
import { Cursor, Mistake } from "./cursor.ts";
import { type Flags, NO_FLAGS, takeGlobalFlags, takeLocalFlags } from "./flags.ts";
import { widthOf } from "./measure.ts";
import { takeClass, takeCodeEscape, takeSet } from "./parse-character.ts";
import { type Expression, type Node, UNBOUNDED } from "./tree.ts";

export interface ExpressionError {
  readonly message: string;
  /** Position in the text, from 0. */
  readonly at: number;
}

/** Maximum depth of nested groups. It bounds the recursion; real expressions are far below. */
const MAX_DEPTH = 100;

export function parseExpression(
  text: string,
  flags: Partial<Flags> = {},
): Result<Expression, ExpressionError> {
  try {
    return ok(new Parser(text).parse({ ...NO_FLAGS, ...flags }));
  } catch (error) {
    if (error instanceof Mistake) return fail({ message: error.message, at: error.at });
    throw error;
  }
}

const LOOKS = [
  ["=", "ahead", false],
  ["!", "ahead", true],
  ["<=", "behind", false],
  ["<!", "behind", true],
] as const;

/** What precedes a count; it decides whether the count is allowed. */
type Before = "nothing" | "edge" | "repeat" | "atom";

class Parser {
  readonly #cursor: Cursor;
  #groups = 0;
  #depth = 0;
  readonly #open = new Set<number>();
  readonly #names = new Map<string, number>();
  /** Groups that conditions test, with the positions of the tests, because groups may be defined later. */
  readonly #asked = new Map<number, number>();

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  parse(flags: Flags): Expression {
    const cursor = this.#cursor;
    const tree = this.#choice(takeGlobalFlags(cursor, flags) ?? flags);
    if (!cursor.isAtEnd) throw cursor.mistake("unbalanced parenthesis");
    for (const [index, at] of this.#asked)
      if (index > this.#groups) throw cursor.mistake(`invalid group reference ${index}`, at);
    return { tree, groups: this.#groups, names: this.#names };
  }

  #choice(flags: Flags): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#cursor.mistake("nested too deep");
    const options: Node[] = [];
    do options.push(this.#sequence(flags));
    while (this.#cursor.take("|"));
    this.#depth--;
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
  }

  #sequence(flags: Flags): Node {
    const cursor = this.#cursor;
    const parts: Node[] = [];
    let before: Before = "nothing";
    for (;;) {
      if (flags.verbose) cursor.match(/(?:\s|#[^\n]*)+/y);
      const char = cursor.peek();
      if (char === "" || char === "|" || char === ")") break;
      if (this.#takeComment()) continue;
      takeGlobalFlags(cursor, flags);
      const { at } = cursor;
      const counts = this.#takeCounts();
      const last = parts.at(-1);
      if (counts === undefined) {
        const atom = this.#atom(flags);
        parts.push(atom);
        before = isEdge(atom, char) ? "edge" : "atom";
        continue;
      }
      if (last === undefined || before === "nothing" || before === "edge")
        throw cursor.mistake("nothing to repeat", at);
      if (before === "repeat") throw cursor.mistake("multiple repeat", at);
      const style = cursor.take("?") ? "lazy" : cursor.take("+") ? "possessive" : "greedy";
      parts[parts.length - 1] = { kind: "repeat", part: last, ...counts, style };
      before = "repeat";
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "sequence", parts };
  }

  #takeComment(): boolean {
    const cursor = this.#cursor;
    const { at } = cursor;
    if (!cursor.take("(?#")) return false;
    if (cursor.match(/[^)]*\)/y) === undefined)
      throw cursor.mistake("missing ), unterminated comment", at);
    return true;
  }

  #takeCounts(): { min: number; max: number } | undefined {
    const cursor = this.#cursor;
    const { at } = cursor;
    if (cursor.take("*")) return { min: 0, max: UNBOUNDED };
    if (cursor.take("+")) return { min: 1, max: UNBOUNDED };
    if (cursor.take("?")) return { min: 0, max: 1 };
    // A brace that begins no count is an ordinary character.
    const match = cursor.match(/\{(?!\})(\d*)(,?)(\d*)\}/y);
    if (match === undefined) return undefined;
    const [, low = "", comma = "", high = ""] = match;
    const min = low === "" ? 0 : Number(low);
    const max = comma === "" ? min : high === "" ? UNBOUNDED : Number(high);
    if (max < min) throw cursor.mistake("min repeat greater than max repeat", at);
    if (min >= MAX_COUNT || (max >= MAX_COUNT && max !== UNBOUNDED))
      throw cursor.mistake("the repetition number is too large", at);
    return { min, max };
  }

  #atom(flags: Flags): Node {
    const cursor = this.#cursor;
    const { at } = cursor;
    const code = cursor.takeCharacter();
    switch (String.fromCodePoint(code)) {
      case ".":
        return { kind: "any", lineEnds: flags.lineEnds };
      case "^":
        return { kind: "start", everyLine: flags.everyLine };
      case "$":
        return { kind: "end", everyLine: flags.everyLine };
      case "[":
        return takeSet(cursor, flags);
      case "\\":
        return this.#escape(flags);
      case "(": {
        const node = this.#group(flags, at);
        if (!cursor.take(")")) throw cursor.mistake("missing ), unterminated subpattern", at);
        return node;
      }
      default:
        return { kind: "character", code, ignoreCase: flags.ignoreCase };
    }
  }

  #group(flags: Flags, at: number): Node {
    const cursor = this.#cursor;
    if (!cursor.take("?")) return this.#capture(flags, undefined);
    if (cursor.take("P<")) return this.#capture(flags, this.#name(">"));
    if (cursor.take("P=")) {
      const index = this.#groupCalled(this.#name(")"));
      // The caller that opened the group closes it.
      cursor.at--;
      return this.#backReference(index, flags, at);
    }
    if (cursor.take(">")) return { kind: "atomic", part: this.#choice(flags) };
    if (cursor.take("(")) return this.#condition(flags, at);
    for (const [opening, direction, negated] of LOOKS)
      if (cursor.take(opening)) return this.#look(flags, { direction, negated, at });
    const local = takeLocalFlags(cursor, flags);
    if (local === undefined) throw cursor.mistake(`unknown extension ?${cursor.peek()}`, at + 1);
    return this.#choice(local);
  }

  #look(
    flags: Flags,
    look: {
      readonly direction: "ahead" | "behind";
      readonly negated: boolean;
      readonly at: number;
    },
  ): Node {
    const { direction, negated, at } = look;
    const part = this.#choice(flags);
    if (direction === "behind" && widthOf(part) === undefined)
      throw this.#cursor.mistake("look-behind requires fixed-width pattern", at);
    return { kind: "look", direction, negated, part };
  }

  #capture(flags: Flags, name: string | undefined): Node {
    const index = ++this.#groups;
    if (name !== undefined) {
      const known = this.#names.get(name);
      if (known !== undefined)
        throw this.#nameMistake(
          `redefinition of group name '${name}' as group ${index}; was group ${known}`,
          name,
        );
      this.#names.set(name, index);
    }
    this.#open.add(index);
    const part = this.#choice(flags);
    this.#open.delete(index);
    return { kind: "group", index, part };
  }

  /** Consumes a name up to and including `end`. */
  #name(end: string): string {
    const cursor = this.#cursor;
    const { at } = cursor;
    const name = cursor.match(/[\p{L}_][\p{L}\p{N}_]*/uy)?.[0];
    if (name === undefined || !cursor.take(end)) throw cursor.mistake("bad group name", at);
    return name;
  }

  #groupCalled(name: string): number {
    const index = this.#names.get(name);
    if (index === undefined) throw this.#nameMistake(`unknown group name '${name}'`, name);
    return index;
  }

  /** Creates an error about the name just read and its terminator. */
  #nameMistake(message: string, name: string): Mistake {
    return this.#cursor.mistake(message, this.#cursor.at - name.length - 1);
  }

  #backReference(index: number, { ignoreCase }: Flags, at: number): Node {
    if (index > this.#groups) throw this.#cursor.mistake(`invalid group reference ${index}`, at);
    if (this.#open.has(index)) throw this.#cursor.mistake("cannot refer to an open group", at);
    return { kind: "back-reference", index, ignoreCase };
  }

  /** Consumes a condition, after "(?(". */
  #condition(flags: Flags, at: number): Node {
    const cursor = this.#cursor;
    const number = cursor.match(/(\d+)\)/y)?.[1];
    const index = number === undefined ? this.#groupCalled(this.#name(")")) : Number(number);
    if (index === 0) throw cursor.mistake("bad group number", at);
    this.#asked.set(index, at);
    if (++this.#depth > MAX_DEPTH) throw cursor.mistake("nested too deep");
    const yes = this.#sequence(flags);
    const no: Node = cursor.take("|") ? this.#sequence(flags) : { kind: "sequence", parts: [] };
    if (cursor.peek() === "|")
      throw cursor.mistake("conditional backref with more than two branches", at);
    this.#depth--;
    return { kind: "condition", index, yes, no };
  }

  /** Consumes an escape, after its backslash. */
  #escape(flags: Flags): Node {
    const cursor = this.#cursor;
    const at = cursor.at - 1;
    const { ascii, ignoreCase } = flags;
    const named = takeClass(cursor);
    if (named !== undefined)
      return { kind: "set", negated: false, items: [named], ignoreCase, ascii };
    if (cursor.take("A")) return { kind: "start", everyLine: false };
    if (cursor.take("Z")) return { kind: "very-end" };
    if (cursor.take("b")) return { kind: "word-edge", negated: false, ascii };
    if (cursor.take("B")) return { kind: "word-edge", negated: true, ascii };
    // Three octal digits are a character, one or two digits a group.
    const group = cursor.match(/(?!0|[1-7][0-7]{2})\d\d?/y)?.[0];
    if (group !== undefined) return this.#backReference(Number(group), flags, at);
    return { kind: "character", code: takeCodeEscape(cursor, "pattern"), ignoreCase };
  }
}

/** Maximum of a count, as in Python. */
const MAX_COUNT = 2 ** 32 - 1;

/**
 * Returns whether a node is a bare assertion, which may not be repeated. A group that contains only an assertion may
 * be.
 */
function isEdge({ kind }: Node, char: string): boolean {
  if (char === "(") return false;
  return kind === "start" || kind === "end" || kind === "very-end" || kind === "word-edge";
}
