/**
 * Translates a tree to a V8 expression that matches ASCII text equally, with the same groups. V8's linear engine must
 * support it too, because it takes over when a match backtracks too often. undefined if no such expression exists: most
 * lookaround, back references, unresolved conditions, large counts, or groups that JavaScript resets where Python does
 * not.
 */
import { casesOf, createCharacterSet, writeCode } from "./character-classes.ts";
import { hasGroup, isNullable } from "./measure.ts";
import { writeStopping } from "./stopping-source.ts";
import { isEdge, type Node, takesOne } from "./tree.ts";

/** Maximum number of copies that the linear engine writes of a part, with nested counts multiplied. */
const MAX_COPIES = 16;
/** Maximum number of copies written one after the other. */
const MAX_WRITTEN = 32;

export interface LinearSource {
  readonly source: string;
  /** Number of each group in Python, from 1. A group that was copied to resolve conditions may occur several times. */
  readonly groups: readonly number[];
}

/** The neighbors of a node, which decide how it is written. */
interface Place {
  /** Whether nothing follows, except further "$". */
  readonly last: boolean;
  /** The nodes directly before it. */
  readonly before: readonly Node[];
  /** The nodes that must follow directly, if known. */
  readonly after: readonly Node[];
}

/** The context of a node in a loop, or with unknown neighbors. */
const INSIDE: Place = { last: false, before: [], after: [] };

export function linearSource(tree: Node): LinearSource | undefined {
  const writer = new SourceWriter();
  const source = writer.write(tree, { last: true, before: [], after: [] });
  return source === undefined ? undefined : { source, groups: writer.groups };
}

class SourceWriter {
  readonly groups: number[] = [];
  /** Number of copies that V8 makes of the part being written. */
  #copies = 1;

  write(node: Node, place: Place): string | undefined {
    switch (node.kind) {
      case "character":
        return writeCharacter(node.code, node.ignoreCase);
      case "any":
        return node.lineEnds ? "[^]" : "[^\\n]";
      case "set":
        return writeSet(node);
      case "start":
        return node.everyLine ? undefined : "^";
      case "end":
        return place.last && !node.everyLine ? "(?:\\n|)$" : undefined;
      case "very-end":
        return "$";
      case "word-edge":
        // In an empty text, Python matches neither `\b` nor `\B`.
        return node.negated ? undefined : "\\b";
      case "sequence":
        return this.#writeSequence(node.parts, place);
      case "choice": {
        const options = node.options.map((option) => this.write(option, place));
        return options.includes(undefined) ? undefined : `(?:${options.join("|")})`;
      }
      case "repeat":
        return writeStopping(node, place.after) ?? this.#writeRepeat(node);
      case "group":
        this.groups.push(node.index);
        // The translation of "$" consumes the newline, which the group must not contain.
        return enclose("(", this.write(node.part, { ...place, last: false }));
      case "look":
        return isGranted(node, place.before) ? "" : undefined;
      case "atomic":
      case "back-reference":
      case "condition":
        return undefined;
    }
  }

  #writeSequence(parts: readonly Node[], place: Place): string | undefined {
    let source = "";
    for (const [i, part] of parts.entries()) {
      const rest = parts.slice(i + 1);
      const written = this.write(part, {
        last: place.last && rest.every(({ kind }) => kind === "end"),
        before: [...place.before, ...parts.slice(0, i)],
        after: [...rest, ...place.after],
      });
      if (written === undefined) return undefined;
      source += written;
    }
    return source;
  }

  #writeRepeat({ part, min, max, style }: Node & { kind: "repeat" }): string | undefined {
    // JavaScript resets the groups of the previous iteration, Python does not; and an iteration must not match the
    // empty text.
    if (style === "possessive" || (hasGroup(part) && max > 1)) return undefined;
    if (isNullable(part) && (hasGroup(part) || !triesNothingLast(part))) return undefined;
    const lazy = style === "lazy" ? "?" : "";
    const endless = max === Number.POSITIVE_INFINITY;
    const count = Math.max(1, min, endless ? 1 : max);
    if (this.#copies * count > MAX_COPIES) {
      if (count > MAX_WRITTEN || hasGroup(part)) return undefined;
      const inner = enclose("(?:", this.write(part, INSIDE));
      return inner === undefined ? undefined : writeOut(inner, min, max, lazy);
    }
    this.#copies *= count;
    const inner = enclose("(?:", this.write(part, INSIDE));
    this.#copies /= count;
    if (inner === undefined) return undefined;
    if (endless && min < 2) return `${inner}${min === 0 ? "*" : "+"}${lazy}`;
    if (min === 0 && max === 1) return `${inner}?${lazy}`;
    return `${inner}{${min},${endless ? "" : max}}${lazy}`;
  }
}

function enclose(open: string, source: string | undefined): string | undefined {
  return source === undefined ? undefined : `${open}${source})`;
}

/** Writes a repetition. Nested counts multiply; the same part written several times does not. */
function writeOut(inner: string, min: number, max: number, lazy: string): string {
  const required = inner.repeat(min);
  if (max === Number.POSITIVE_INFINITY) return `${required}${inner}*${lazy}`;
  let optional = "";
  for (let i = min; i < max; i++) optional = `(?:${inner}${optional})?${lazy}`;
  return required + optional;
}

/** Returns whether a lookbehind is always true because of the nodes before it, as in `<IP6>`. */
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

/** Returns whether every match that consumes anything ends with this character. */
function alwaysEndsWith(node: Node, code: number): boolean {
  if (node.kind === "character") return node.code === code && !node.ignoreCase;
  if (takesOne(node) || isEdge(node)) return false;
  switch (node.kind) {
    case "sequence":
      return endsWith(node.parts, code);
    case "choice":
      return node.options.every((option) => alwaysEndsWith(option, code));
    case "repeat":
    case "group":
    case "atomic":
      return alwaysEndsWith(node.part, code);
    case "look":
    case "back-reference":
    case "condition":
      return false;
  }
}

/**
 * Returns whether matching the empty text is its last choice, so that it does not matter whether an empty iteration is
 * allowed.
 */
function triesNothingLast(node: Node): boolean {
  if (takesOne(node)) return true;
  if (isEdge(node)) return false;
  switch (node.kind) {
    case "sequence":
      return node.parts.every(triesNothingLast);
    case "repeat":
      return node.style === "greedy" && triesNothingLast(node.part);
    case "choice":
      return (
        node.options.slice(0, -1).every((option) => !isNullable(option)) &&
        node.options.every(triesNothingLast)
      );
    case "group":
    case "atomic":
    case "look":
    case "back-reference":
    case "condition":
      return false;
  }
}

function writeCharacter(code: number, ignoreCase: boolean): string {
  const cases = ignoreCase ? casesOf(code) : [code];
  if (cases.length > 1) return `[${cases.map(writeCode).join("")}]`;
  return writeCode(code);
}

/** Writes a set for ASCII text, because other text is never matched by this expression. */
function writeSet(node: Node & { kind: "set" }): string {
  const set = createCharacterSet(node.items, node);
  let source = "";
  for (let code = 0; code < 128; code++) {
    if (!set.has(code)) continue;
    let end = code;
    while (end < 127 && set.has(end + 1)) end++;
    source += end > code ? `${writeCode(code)}-${writeCode(end)}` : writeCode(code);
    code = end;
  }
  // An empty class matches nothing, which is correct.
  return `[${source}]`;
}
