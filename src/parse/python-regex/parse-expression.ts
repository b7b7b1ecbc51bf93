/**
 * Text of a regular expression in Python's dialect (the re module of Python 3) -> its tree, or what is wrong and where.
 * Source: Python's documentation of re; behavior where that is silent was tried against Python itself.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { widthOf } from "./measure.ts";
import { type ClassName, type Expression, type Node, type SetItem, UNBOUNDED } from "./tree.ts";

export interface ExpressionError {
  readonly message: string;
  /** Position in the text, from 0. */
  readonly at: number;
}

interface Flags {
  readonly ignoreCase: boolean;
  readonly everyLine: boolean;
  readonly lineEnds: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

class Failure extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const NO_FLAGS: Flags = {
  ignoreCase: false,
  everyLine: false,
  lineEnds: false,
  verbose: false,
  ascii: false,
};

/** Nested deeper than any real expression; keeps recursion bounded. */
const DEEPEST = 100;

export function parseExpression(
  text: string,
  flags: Partial<Flags> = {},
): Result<Expression, ExpressionError> {
  try {
    return ok(new Parser(text).parse({ ...NO_FLAGS, ...flags }));
  } catch (error) {
    if (error instanceof Failure) return fail({ message: error.message, at: error.at });
    throw error;
  }
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};
const FLAG_NAMES: Readonly<Record<string, keyof Flags | "none">> = {
  i: "ignoreCase",
  m: "everyLine",
  s: "lineEnds",
  x: "verbose",
  a: "ascii",
  u: "none",
  L: "none",
};

class Parser {
  readonly #text: string;
  #at = 0;
  #groups = 0;
  #depth = 0;
  readonly #open = new Set<number>();
  readonly #names = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  parse(flags: Flags): Expression {
    const tree = this.#choice(flags);
    if (this.#at < this.#text.length) throw this.#wrong("unbalanced parenthesis");
    return { tree, groups: this.#groups, names: this.#names };
  }

  #wrong(message: string, at = this.#at): Failure {
    return new Failure(message, at);
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(flags: Flags): Node {
    if (++this.#depth > DEEPEST) throw this.#wrong("nested too deep");
    const options: Node[] = [];
    let inside = flags;
    do {
      const { node, flags: after } = this.#sequence(inside);
      options.push(node);
      inside = after;
    } while (this.#take("|"));
    this.#depth--;
    return options.length === 1 && options[0] !== undefined
      ? options[0]
      : { kind: "choice", options };
  }

  /** A flag group such as `(?i)` holds for the rest of its group, as fail2ban makes of it. */
  #sequence(start: Flags): { node: Node; flags: Flags } {
    const parts: Node[] = [];
    let flags = start;
    for (;;) {
      if (flags.verbose) this.#skipVerbose();
      const char = this.#peek();
      if (char === "" || char === "|" || char === ")") break;
      const changed = this.#flagGroup(flags);
      if (changed !== undefined) {
        flags = changed;
        continue;
      }
      if (this.#take("(?#")) {
        const end = this.#text.indexOf(")", this.#at);
        if (end < 0) throw this.#wrong("comment without an end");
        this.#at = end + 1;
        continue;
      }
      const from = this.#at;
      parts.push(this.#repeats(this.#atom(flags), from, flags));
    }
    const [only] = parts;
    const node: Node =
      parts.length === 1 && only !== undefined ? only : { kind: "sequence", parts };
    return { node, flags };
  }

  #skipVerbose(): void {
    const match = /^(?:\s|#[^\n]*)+/.exec(this.#text.slice(this.#at));
    this.#at += match?.[0].length ?? 0;
  }

  #flagGroup(flags: Flags): Flags | undefined {
    const match = /^\(\?([aiLmsux]+)\)/.exec(this.#text.slice(this.#at));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return withFlags(flags, match[1] ?? "", true);
  }

  #repeats(node: Node, from: number, flags: Flags): Node {
    let result = node;
    let repeated = false;
    for (;;) {
      if (flags.verbose) this.#skipVerbose();
      const counts = this.#counts();
      if (counts === undefined) return result;
      if (repeated) throw this.#wrong("multiple repeat");
      const bare = node.kind === "start" || node.kind === "end";
      if (bare && this.#text[from] === "^") throw this.#wrong("nothing to repeat", from);
      const style = this.#take("?") ? "lazy" : this.#take("+") ? "possessive" : "greedy";
      result = { kind: "repeat", part: result, ...counts, style };
      repeated = true;
    }
  }

  #counts(): { min: number; max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: UNBOUNDED };
    if (this.#take("+")) return { min: 1, max: UNBOUNDED };
    if (this.#take("?")) return { min: 0, max: 1 };
    const match = /^\{(\d*)(?:(,)(\d*))?\}/.exec(this.#text.slice(this.#at));
    const [whole, low = "", comma, high = ""] = match ?? [];
    // A brace that is no count is an ordinary character.
    if (whole === undefined || (low === "" && high === "" && comma === undefined)) return undefined;
    const min = low === "" ? 0 : Number(low);
    const max = comma === undefined ? min : high === "" ? UNBOUNDED : Number(high);
    if (max < min) throw this.#wrong("min repeat greater than max repeat");
    this.#at += whole.length;
    return { min, max };
  }

  #atom(flags: Flags): Node {
    const at = this.#at;
    const char = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    this.#at += char.length;
    switch (char) {
      case ".":
        return { kind: "any", lineEnds: flags.lineEnds };
      case "^":
        return { kind: "start", everyLine: flags.everyLine };
      case "$":
        return { kind: "end", everyLine: flags.everyLine };
      case "(":
        return this.#group(flags, at);
      case "[":
        return this.#set(flags, at);
      case "\\":
        return this.#escape(flags, at);
      case "*":
      case "+":
      case "?":
        throw this.#wrong("nothing to repeat", at);
      default:
        return this.#character(char.codePointAt(0) ?? 0, flags);
    }
  }

  #character(code: number, { ignoreCase }: Flags): Node {
    return { kind: "character", code, ignoreCase };
  }

  #group(flags: Flags, at: number): Node {
    const node = this.#groupBody(flags, at);
    if (!this.#take(")")) throw this.#wrong("missing ), unterminated subpattern", at);
    return node;
  }

  #groupBody(flags: Flags, at: number): Node {
    if (!this.#take("?")) return this.#capture(flags, undefined, at);
    if (this.#take("P<")) return this.#capture(flags, this.#name(">"), at);
    if (this.#take("P=")) {
      const name = this.#name(")", false);
      return this.#backReference(this.#groupCalled(name, at), flags, at);
    }
    if (this.#take(":")) return this.#choice(flags);
    if (this.#take(">")) return { kind: "atomic", part: this.#choice(flags) };
    for (const [opening, direction, negated] of LOOKS) {
      if (!this.#take(opening)) continue;
      const part = this.#choice(flags);
      if (direction === "behind" && widthOf(part) === undefined)
        throw this.#wrong("look-behind requires fixed-width pattern", at);
      return { kind: "look", direction, negated, part };
    }
    if (this.#take("(")) return this.#condition(flags, at);
    const match = /^([aiLmsux]*)(?:-([imsx]+))?:/.exec(this.#text.slice(this.#at));
    if (match === null) throw this.#wrong(`unknown extension (?${this.#peek()}`, at);
    this.#at += match[0].length;
    return this.#choice(withFlags(withFlags(flags, match[1] ?? "", true), match[2] ?? "", false));
  }

  #capture(flags: Flags, name: string | undefined, at: number): Node {
    const index = ++this.#groups;
    if (name !== undefined) {
      const before = this.#names.get(name);
      if (before !== undefined) throw this.#wrong(`redefinition of group name "${name}"`, at);
      this.#names.set(name, index);
    }
    this.#open.add(index);
    const part = this.#choice(flags);
    this.#open.delete(index);
    return { kind: "group", index, part };
  }

  #name(end: string, taken = true): string {
    const stop = this.#text.indexOf(end, this.#at);
    const name = stop < 0 ? "" : this.#text.slice(this.#at, stop);
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw this.#wrong("bad group name");
    this.#at = taken ? stop + 1 : stop;
    return name;
  }

  #groupCalled(name: string, at: number): number {
    const index = this.#names.get(name);
    if (index === undefined) throw this.#wrong(`unknown group name "${name}"`, at);
    return index;
  }

  #backReference(index: number, { ignoreCase }: Flags, at: number): Node {
    if (index > this.#groups) throw this.#wrong(`invalid group reference ${index}`, at);
    if (this.#open.has(index)) throw this.#wrong("cannot refer to an open group", at);
    return { kind: "back-reference", index, ignoreCase };
  }

  #condition(flags: Flags, at: number): Node {
    const name = /^(?:\d+|[\p{L}_][\p{L}\p{N}_]*)(?=\))/u.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) throw this.#wrong("bad group name in a condition", at);
    this.#at += name.length + 1;
    const index = /^\d/.test(name) ? Number(name) : this.#groupCalled(name, at);
    if (index > this.#groups || index === 0)
      throw this.#wrong(`invalid group reference ${index}`, at);
    const whole = this.#choice(flags);
    const nothing: Node = { kind: "sequence", parts: [] };
    if (whole.kind !== "choice") return { kind: "condition", index, yes: whole, no: nothing };
    const [yes = nothing, no = nothing, ...more] = whole.options;
    if (more.length > 0) throw this.#wrong("conditional backref with more than two branches", at);
    return { kind: "condition", index, yes, no };
  }

  #set(flags: Flags, at: number): Node {
    const negated = this.#take("^");
    const items: SetItem[] = [];
    for (;;) {
      if (this.#at >= this.#text.length) throw this.#wrong("unterminated character set", at);
      if (items.length > 0 && this.#take("]")) break;
      const from = this.#setItem();
      if (
        !(this.#peek() === "-" && this.#text[this.#at + 1] !== "]") ||
        this.#at + 1 >= this.#text.length
      ) {
        items.push(from);
        continue;
      }
      this.#at++;
      const to = this.#setItem();
      if (from.kind === "class" || to.kind === "class" || to.from < from.from)
        throw this.#wrong("bad character range", at);
      items.push({ kind: "range", from: from.from, to: to.from });
    }
    return { kind: "set", negated, items, ignoreCase: flags.ignoreCase, ascii: flags.ascii };
  }

  #setItem(): SetItem {
    const at = this.#at;
    if (!this.#take("\\")) {
      const code = this.#text.codePointAt(at) ?? 0;
      this.#at += String.fromCodePoint(code).length;
      return single(code);
    }
    const char = this.#peek();
    if (/[dDwWsS]/.test(char)) {
      this.#at++;
      return { kind: "class", name: char as ClassName };
    }
    if (char === "b") {
      this.#at++;
      return single(8);
    }
    return single(this.#codeEscape(at, "set"));
  }

  #escape(flags: Flags, at: number): Node {
    const char = this.#peek();
    const { ascii, ignoreCase } = flags;
    if (/[dDwWsS]/.test(char)) {
      this.#at++;
      const items: readonly SetItem[] = [{ kind: "class", name: char as ClassName }];
      return { kind: "set", negated: false, items, ignoreCase, ascii };
    }
    if (this.#take("A")) return { kind: "start", everyLine: false };
    if (this.#take("Z")) return { kind: "very-end" };
    if (this.#take("b")) return { kind: "word-edge", negated: false, ascii };
    if (this.#take("B")) return { kind: "word-edge", negated: true, ascii };
    const digits = /^(?:0[0-7]{0,2}|[1-3][0-7]{2}|[1-9]\d?)/.exec(this.#text.slice(this.#at))?.[0];
    if (digits !== undefined && !digits.startsWith("0") && !/^[0-3][0-7]{2}$/.test(digits)) {
      this.#at += digits.length;
      return this.#backReference(Number(digits), flags, at);
    }
    return this.#character(this.#codeEscape(at, "pattern"), flags);
  }

  /** After the backslash: an escape that stands for one character. */
  #codeEscape(at: number, where: "set" | "pattern"): number {
    const rest = this.#text.slice(this.#at);
    const octal = where === "set" ? /^[0-7]{1,3}/ : /^(?:0[0-7]{0,2}|[1-3][0-7]{2})/;
    const number =
      octal.exec(rest)?.[0] ??
      /^(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(rest)?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      return /^[xuU]/.test(number)
        ? Number.parseInt(number.slice(1), 16)
        : Number.parseInt(number, 8);
    }
    const code = rest.codePointAt(0);
    if (code === undefined) throw this.#wrong("bad escape (end of pattern)", at);
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    const simple = SIMPLE_ESCAPES[char];
    if (simple !== undefined) return simple;
    if (/[A-Za-z0-9]/.test(char)) throw this.#wrong(`bad escape \\${char}`, at);
    return code;
  }
}

const LOOKS = [
  ["=", "ahead", false],
  ["!", "ahead", true],
  ["<=", "behind", false],
  ["<!", "behind", true],
] as const;

function single(code: number): { kind: "range"; from: number; to: number } {
  return { kind: "range", from: code, to: code };
}

function withFlags(flags: Flags, letters: string, value: boolean): Flags {
  let changed = flags;
  for (const letter of letters) {
    const name = FLAG_NAMES[letter];
    if (name !== undefined && name !== "none") changed = { ...changed, [name]: value };
  }
  return changed;
}
