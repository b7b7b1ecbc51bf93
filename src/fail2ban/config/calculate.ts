/**
 * Evaluates formulas that fail2ban passes to Python's eval. Supports numbers, names, arithmetic, comparison, `a if c
 * else b` and a few functions. Nothing else can be called.
 */
import { fail, ok, type Result } from "../../domain/result.ts";

/** Values of names in a formula, such as "ban.Time" or "banFactor". */
export type Names = ReadonlyMap<string, number>;

const FUNCTIONS: Readonly<Record<string, (...values: readonly number[]) => number>> = {
  abs: (a = 0) => Math.abs(a),
  float: (a = 0) => a,
  int: (a = 0) => Math.trunc(a),
  max: (...all) => Math.max(...all),
  min: (...all) => Math.min(...all),
  pow: (a = 0, b = 1) => a ** b,
  round: (a = 0) => Math.round(a),
  "math.ceil": (a = 0) => Math.ceil(a),
  "math.exp": (a = 0) => Math.exp(a),
  "math.floor": (a = 0) => Math.floor(a),
  "math.log": (a = 1, base = Math.E) => Math.log(a) / Math.log(base),
  "math.log10": (a = 1) => Math.log10(a),
  "math.log2": (a = 1) => Math.log2(a),
  "math.pow": (a = 0, b = 1) => a ** b,
  "math.sqrt": (a = 0) => Math.sqrt(a),
};
const CONSTANTS: Names = new Map([
  ["math.e", Math.E],
  ["math.pi", Math.PI],
  ["True", 1],
  ["False", 0],
]);

/** Operators by precedence, lowest first; those of one row associate from left to right. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["<=", ">=", "==", "!=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "//", "/", "%"],
];
const TOKEN =
  /\s*(?:((?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_][\w.]*)|(\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%()<>,]))/y;
const MAX_DEPTH = 50;

/** `expected` text if Python can represent the result, but a JavaScript number cannot. */
export const NOT_FINITE = "a formula with a finite result";

class Unreadable extends Error {}

/** Evaluates a formula; the error names what could not be parsed. */
export function calculate(text: string, names: Names): Result<number, string> {
  try {
    const value = new Reader(text, names).whole();
    return Number.isFinite(value) ? ok(value) : fail(NOT_FINITE);
  } catch (error) {
    if (error instanceof Unreadable) return fail(error.message);
    throw error;
  }
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #names: Names;
  #at = 0;
  #depth = 0;

  constructor(text: string, names: Names) {
    this.#tokens = tokenize(text);
    this.#names = names;
  }

  whole(): number {
    const value = this.#choice();
    if (this.#at < this.#tokens.length)
      throw new Unreadable(`unexpected "${this.#tokens[this.#at]}"`);
    return value;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #choice(): number {
    if (++this.#depth > MAX_DEPTH) throw new Unreadable("nested too deep");
    const yes = this.#level(0);
    let value = yes;
    if (this.#take("if")) {
      const condition = this.#level(0);
      if (!this.#take("else")) throw new Unreadable('"if" without "else"');
      const no = this.#choice();
      value = condition === 0 ? no : yes;
    }
    this.#depth--;
    return value;
  }

  #level(index: number): number {
    const operators = LEVELS[index];
    if (operators === undefined) return this.#signed();
    let value = this.#level(index + 1);
    for (;;) {
      const operator = this.#tokens[this.#at] ?? "";
      if (!operators.includes(operator)) return value;
      this.#at++;
      value = apply(operator, value, this.#level(index + 1));
    }
  }

  #signed(): number {
    if (this.#take("-")) return -this.#signed();
    if (this.#take("+")) return this.#signed();
    if (this.#take("not")) return this.#signed() === 0 ? 1 : 0;
    const base = this.#value();
    return this.#take("**") ? base ** this.#signed() : base;
  }

  #value(): number {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Unreadable("it ends too early");
    if (token === "(") {
      const value = this.#choice();
      if (!this.#take(")")) throw new Unreadable('a ")" is missing');
      return value;
    }
    if (/^[\d.]/.test(token)) return Number(token.replaceAll("_", ""));
    const call = this.#take("(") ? this.#arguments() : undefined;
    if (call === undefined) {
      const value = this.#names.get(token) ?? CONSTANTS.get(token);
      if (value === undefined) throw new Unreadable(`"${token}" is not known`);
      return value;
    }
    const known = Object.hasOwn(FUNCTIONS, token) ? FUNCTIONS[token] : undefined;
    if (known === undefined) throw new Unreadable(`the function "${token}" is not known`);
    return known(...call);
  }

  #arguments(): readonly number[] {
    const values: number[] = [];
    if (this.#take(")")) return values;
    do values.push(this.#choice());
    while (this.#take(","));
    if (!this.#take(")")) throw new Unreadable('a ")" is missing');
    return values;
  }
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.trimEnd().length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new Unreadable(`cannot read "${text.slice(at, at + 20).trim()}"`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    case "<<":
      return a * 2 ** b;
    case ">>":
      return Math.floor(a / 2 ** b);
    case "and":
      return a === 0 ? a : b;
    case "or":
      return a === 0 ? b : a;
    case "<":
      return Number(a < b);
    case ">":
      return Number(a > b);
    case "<=":
      return Number(a <= b);
    case ">=":
      return Number(a >= b);
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    default:
      throw new Unreadable(`"${operator}" is not known`);
  }
}
