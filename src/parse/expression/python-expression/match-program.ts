/**
 * Runs a program on a text with the results of Python's engine: leftmost, in order of preference, each group with its
 * last match. Skips alternatives that the next character rules out. A long search records the forks it reached at each
 * position and tries none twice, so its time is bounded by program times text, unless back references make the rest
 * depend on more. An effort bounds every search; a search that exceeds it finds nothing.
 */
import type { Effort } from "../search-effort.ts";
import {
  holdsAt,
  isInsidePair,
  lengthOfAgain,
  mayBegin,
  sizeIn,
  standsAt,
  stepBack,
} from "./at-position.ts";
import { BacktrackStack } from "./backtrack-stack.ts";
import { createForkNotes, type ForkNotes, meet } from "./fork-notes.ts";
import { ENDLESS, literalOf, numberAt, OP, type Program, setAt } from "./program.ts";

/** Start and end of each group, two numbers a group, the whole match first. -1: the group did not participate. */
export type Spans = Int32Array;

/** Number of instructions after which a search records forks: most searches end before. */
const NOTE_AFTER = 2_000;
/** Number of instructions after which a run of a part records forks. */
const NOTE_PART_AFTER = 200;
/** Returned instead of an instruction or a position if an alternative failed. */
const FAILED = -1;

export class Matcher {
  readonly #program: Program;
  readonly #groups: number;
  readonly #stack: BacktrackStack;
  readonly #notes: ForkNotes = createForkNotes();
  #text = "";
  /** Instructions that the search may still run. */
  #left = 0;
  /** Forks are recorded once `#left` is below this. */
  #noteBelow = 0;

  constructor(program: Program, groups: number) {
    this.#program = program;
    this.#groups = groups;
    this.#stack = new BacktrackStack(program.slots);
  }

  /** Searches between two positions, as if the text ended at the second; null: no match. */
  search(whole: string, effort: Effort, from = 0, to: number = whole.length): Spans | null {
    this.#text = to === whole.length ? whole : whole.slice(0, to);
    this.#left = effort.left;
    this.#noteBelow = effort.left - NOTE_AFTER;
    this.#notes.begin(this.#text.length);
    this.#stack.clear();
    const found = this.#program.anchored && from > 0 ? null : this.#searchFrom(from);
    if (this.#left <= 0) effort.overLimit++;
    effort.left = Math.max(0, this.#left);
    return found;
  }

  #searchFrom(from: number): Spans | null {
    const { first, anchored } = this.#program;
    const text = this.#text;
    const last = anchored ? from : text.length;
    for (let start = from; start <= last && this.#left > 0; start++) {
      if (first !== undefined && !mayBegin(first, text, start)) continue;
      if (start > from && isInsidePair(text, start)) continue;
      const end = this.#run(this.#program, start);
      if (end < 0) continue;
      const { slots } = this.#stack;
      slots[0] = start;
      slots[1] = end;
      return slots.slice(0, (this.#groups + 1) * 2);
    }
    return null;
  }

  /** Returns the end of the match that begins here, or FAILED, with the stack restored. */
  #run(part: Program, from: number): number {
    const { ops, x, y } = part;
    const text = this.#text;
    const stack = this.#stack;
    const { height } = stack;
    const noteBelow = this.#noteLimitOf(part);
    let met = this.#notes.of(part);
    let at = 0;
    let position = from;
    while (--this.#left > 0) {
      const op = ops[at] ?? OP.match;
      const a = numberAt(x, at);
      let next = at + 1;
      switch (op) {
        case OP.character:
          if (text.codePointAt(position) !== a) next = FAILED;
          position += a > 0xffff ? 2 : 1;
          break;
        case OP.literal: {
          const literal = literalOf(part, a);
          if (!standsAt(literal, text, position)) next = FAILED;
          position += literal.length;
          break;
        }
        case OP.set: {
          const size = sizeIn(setAt(part, a), text, position);
          if (size === 0) next = FAILED;
          position += size;
          break;
        }
        case OP.loop:
        case OP.split:
          if (met === undefined && this.#left < noteBelow) met = this.#notes.open(part);
          if (op === OP.split) next = this.#chooseWay(part, at, position, met);
          else {
            position = this.#runLoop(part, at, position, met);
            next = position < 0 ? FAILED : numberAt(y, at);
          }
          break;
        case OP.jump:
        case OP.condition:
        case OP.again:
          next = this.#jumpFrom(part, at, position);
          break;
        case OP.save:
          stack.setSlot(a, position);
          break;
        case OP.match:
          return position;
        default:
          position = this.#runRare(part, at, position);
          if (position < 0) next = FAILED;
      }
      if (next >= 0) at = next;
      else if (stack.retreat(height)) ({ at, position } = stack);
      else return FAILED;
    }
    stack.undo(height);
    return FAILED;
  }

  #noteLimitOf(part: Program): number {
    if (part === this.#program) return this.#noteBelow;
    return Math.min(this.#noteBelow, this.#left - NOTE_PART_AFTER);
  }

  /** Returns the first alternative that the next character allows. Pushes the second one if it is allowed too. */
  #chooseWay(part: Program, at: number, position: number, met: Int32Array | undefined): number {
    if (met !== undefined && meet(met, this.#notes.stateOf(part, at, position, this.#stack.slots)))
      return FAILED;
    const firstOfX = part.firstOfX[at];
    const firstOfY = part.firstOfY[at];
    const x = numberAt(part.x, at);
    const y = numberAt(part.y, at);
    const allowsY = firstOfY === undefined || mayBegin(firstOfY, this.#text, position);
    if (firstOfX !== undefined && !mayBegin(firstOfX, this.#text, position))
      return allowsY ? y : FAILED;
    if (allowsY) this.#stack.pushWay(y, position);
    return x;
  }

  /** Consumes as many characters as it may, and pushes the earlier ends. Returns the position of its end, or FAILED. */
  #runLoop(part: Program, at: number, from: number, met: Int32Array | undefined): number {
    const text = this.#text;
    const set = setAt(part, numberAt(part.x, at));
    const out = numberAt(part.y, at);
    const min = numberAt(part.least, at);
    const max = numberAt(part.most, at);
    const after = part.firstOfY[at];
    const literal = part.literalAfter[at] ?? "";
    // With an upper bound, the rest depends on the number of iterations.
    const noted = max === ENDLESS ? met : undefined;
    let position = from;
    for (let count = 0; ; count++) {
      const isEnough = count >= min;
      if (isEnough && noted !== undefined)
        if (meet(noted, this.#notes.stateOf(part, at, position, this.#stack.slots))) return FAILED;
      const size = count < max ? sizeIn(set, text, position) : 0;
      const mayEnd =
        isEnough &&
        (literal === ""
          ? after === undefined || mayBegin(after, text, position)
          : standsAt(literal, text, position));
      if (size === 0) return mayEnd ? position : FAILED;
      if (mayEnd) this.#stack.pushWay(out, position);
      position += size;
      this.#left--;
    }
  }

  /** Runs an instruction that few programs have. Returns the position after it, or FAILED. */
  #runRare(part: Program, at: number, position: number): number {
    const op = part.ops[at] ?? OP.match;
    const a = numberAt(part.x, at);
    switch (op) {
      case OP.clear:
        this.#stack.setSlot(a, -1);
        return position;
      case OP.backReference: {
        const length = this.#matchAgain(a, position, part.y[at] === 1);
        return length < 0 ? FAILED : position + length;
      }
      case OP.look:
        return this.#runPart(part, a, position) < 0 ? FAILED : position;
      case OP.atomic:
        return this.#runPart(part, a, position);
      case OP.needs:
        return this.#text.includes(literalOf(part, a), position) ? position : FAILED;
      default: {
        const words = setAt(part, numberAt(part.y, at));
        return holdsAt(this.#text, position, { op, x: a, words }) ? position : FAILED;
      }
    }
  }

  #jumpFrom({ ops, x, y }: Program, at: number, position: number): number {
    const a = numberAt(x, at);
    if (ops[at] === OP.jump) return a;
    if (ops[at] === OP.condition) return this.#stack.isSet(a * 2 + 1) ? at + 1 : numberAt(y, at);
    if (this.#stack.slots[a] === position) return numberAt(y, at);
    this.#stack.setSlot(a, position);
    return at + 1;
  }

  #matchAgain(group: number, position: number, ignoreCase: boolean): number {
    const { slots } = this.#stack;
    const start = numberAt(slots, group * 2);
    const end = numberAt(slots, group * 2 + 1);
    if (start < 0 || end < 0) return FAILED;
    return lengthOfAgain(this.#text, position, this.#text.slice(start, end), ignoreCase);
  }

  /**
   * Runs a part once, and returns the position of its end, or FAILED. Its groups keep what they matched until the
   * alternative that led here fails.
   */
  #runPart({ parts }: Program, index: number, position: number): number {
    const part = parts[index];
    if (part === undefined) return FAILED;
    const { program: inner, negated, back } = part;
    const stack = this.#stack;
    const { height } = stack;
    const from = stepBack(this.#text, position, back);
    const end = from < 0 ? FAILED : this.#run(inner, from);
    if (end < 0) return negated ? position : FAILED;
    this.#notes.forget(inner);
    if (!negated) {
      stack.commit(height);
      return end;
    }
    stack.undo(height);
    return FAILED;
  }
}
