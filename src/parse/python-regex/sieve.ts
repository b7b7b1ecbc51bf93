/**
 * A tree -> an expression of V8's linear engine that matches at least what the tree matches on ASCII text: a sieve that
 * lets nothing through too few. What the linear engine lacks (lookaround, back references, conditions, long counts) is
 * left out or widened; when nothing had to be, the sieve is exact and its groups are Python's.
 */
import { casesOf, createCharacterSet } from "./character-classes.ts";
import { childrenOf } from "./program.ts";
import type { Expression, Node } from "./tree.ts";

export interface Sieve {
  readonly source: string;
  /** Groups have the numbers of the tree, and hold what Python's would. */
  readonly exact: boolean;
}

/** How often the linear engine writes a part out at most, counts inside counts multiplied. */
const MOST_COPIES = 16;
/** Beyond that many times a part is not written out one after the other. */
const MOST_WRITTEN = 32;

export function buildSieve({ tree }: Expression): Sieve {
  let exact = true;
  let copies = 1;

  function widen(source: string): string {
    exact = false;
    return source;
  }

  /** `last`: nothing that takes characters comes after it. `before`: what was taken directly before it. */
  function write(node: Node, last: boolean, before: readonly Node[]): string {
    switch (node.kind) {
      case "character":
        return writeCharacter(node.code, node.ignoreCase);
      case "any":
        return node.lineEnds ? "[^]" : "[^\\n]";
      case "set":
        return writeSet(node);
      case "start":
        return node.everyLine ? widen("") : "^";
      case "end":
        return last && !node.everyLine ? "\\n?$" : widen("");
      case "very-end":
        return "$";
      case "word-edge":
        return node.negated ? "\\B" : "\\b";
      case "sequence":
        return node.parts
          .map((part, i) =>
            write(part, last && node.parts.slice(i + 1).every(takesNothing), [
              ...before,
              ...node.parts.slice(0, i),
            ]),
          )
          .join("");
      case "choice":
        return `(?:${node.options.map((option) => write(option, last, before)).join("|")})`;
      case "repeat":
        return writeRepeat(node);
      case "group":
        return `(${write(node.part, last, before)})`;
      case "look":
        if (isGranted(node, before)) return "";
        return widen(emptyGroups(node.part));
      case "atomic":
        return widen(`(?:${write(node.part, false, [])})`);
      case "back-reference":
        return widen("[^]*");
      case "condition":
        return widen(`(?:${write(node.yes, last, [])}|${write(node.no, last, [])})`);
    }
  }

  function writeRepeat({ part, min, max, style }: Node & { kind: "repeat" }): string {
    // JavaScript forgets the groups of the round before, Python does not; and an optional part may not match nothing.
    if (hasGroup(part) && (max > 1 || isNullable(part))) exact = false;
    if (style === "possessive") exact = false;
    const lazy = style === "lazy" ? "?" : "";
    const count = Math.max(1, min, max === Number.POSITIVE_INFINITY ? 1 : max);
    if (copies * count > MOST_COPIES) {
      const inner = `(?:${write(part, false, [])})`;
      if (count > MOST_WRITTEN || hasGroup(part)) return widen(`${inner}${min === 0 ? "*" : "+"}`);
      return writeOut(inner, min, max, lazy);
    }
    copies *= count;
    const inner = `(?:${write(part, false, [])})`;
    copies /= count;
    if (max === Number.POSITIVE_INFINITY && min < 2)
      return `${inner}${min === 0 ? "*" : "+"}${lazy}`;
    if (min === 0 && max === 1) return `${inner}?${lazy}`;
    return `${inner}{${min},${max === Number.POSITIVE_INFINITY ? "" : max}}${lazy}`;
  }

  return { source: write(tree, true, []), exact };
}

/** Counts inside counts multiply; the same part written several times does not. */
function writeOut(inner: string, min: number, max: number, lazy: string): string {
  const required = inner.repeat(min);
  if (max === Number.POSITIVE_INFINITY) return `${required}${inner}*${lazy}`;
  let optional = "";
  for (let i = min; i < max; i++) optional = `(?:${inner}${optional})?${lazy}`;
  return required + optional;
}

/** A look behind for a character that stands there anyway, as in `<IP6>`. */
function isGranted(
  { direction, negated, part }: Node & { kind: "look" },
  before: readonly Node[],
): boolean {
  if (direction !== "behind" || negated) return false;
  return part.kind === "character" && !part.ignoreCase && endsWith(before, part.code);
}

function endsWith(parts: readonly Node[], code: number): boolean {
  for (const part of parts.toReversed()) {
    if (!alwaysEndsWith(part, code)) return false;
    if (!isNullable(part)) return true;
  }
  return false;
}

/** When it takes anything at all. */
function alwaysEndsWith(node: Node, code: number): boolean {
  switch (node.kind) {
    case "character":
      return node.code === code && !node.ignoreCase;
    case "sequence":
      return endsWith(node.parts, code);
    case "choice":
      return node.options.every((option) => alwaysEndsWith(option, code));
    case "repeat":
    case "group":
    case "atomic":
      return alwaysEndsWith(node.part, code);
    case "any":
    case "set":
    case "start":
    case "end":
    case "very-end":
    case "word-edge":
    case "look":
    case "back-reference":
    case "condition":
      return false;
  }
}

function takesNothing(node: Node): boolean {
  return (
    node.kind === "start" ||
    node.kind === "end" ||
    node.kind === "very-end" ||
    node.kind === "look" ||
    ((node.kind === "group" || node.kind === "sequence") && childrenOf(node).every(takesNothing))
  );
}

function hasGroup(node: Node): boolean {
  return node.kind === "group" || childrenOf(node).some(hasGroup);
}

function isNullable(node: Node): boolean {
  switch (node.kind) {
    case "character":
    case "any":
    case "set":
      return false;
    case "repeat":
      return node.min === 0 || isNullable(node.part);
    case "choice":
      return node.options.some(isNullable);
    case "sequence":
      return node.parts.every(isNullable);
    case "group":
    case "atomic":
      return isNullable(node.part);
    case "condition":
      return isNullable(node.yes) || isNullable(node.no);
    case "start":
    case "end":
    case "very-end":
    case "word-edge":
    case "look":
    case "back-reference":
      return true;
  }
}

/** Keeps the numbers of later groups right. */
function emptyGroups(node: Node): string {
  const own = node.kind === "group" ? "()?" : "";
  return own + childrenOf(node).map(emptyGroups).join("");
}

function writeCharacter(code: number, ignoreCase: boolean): string {
  const cases = ignoreCase ? casesOf(code) : [code];
  if (cases.length > 1) return `[${cases.map(unit).join("")}]`;
  return unit(code);
}

/** ASCII only: other text never comes here. */
function writeSet(node: Node & { kind: "set" }): string {
  const set = createCharacterSet(node.items, node);
  let source = "";
  for (let code = 0; code < 128; code++) {
    if (!set.has(code)) continue;
    let end = code;
    while (end < 127 && set.has(end + 1)) end++;
    source += end > code ? `${unit(code)}-${unit(end)}` : unit(code);
    code = end;
  }
  // An empty class matches nothing, which is right.
  return `[${source}]`;
}

function unit(code: number): string {
  if (code > 0xffff) return String.fromCodePoint(code);
  const char = String.fromCharCode(code);
  return /[A-Za-z0-9_ ]/.test(char) ? char : `\\u${code.toString(16).padStart(4, "0")}`;
}
