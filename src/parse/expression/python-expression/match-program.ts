/**
 * Runs a program on a text, with the results Python's engine has: leftmost, in order of preference, each group with what
 * it matched last. Ways that the next character rules out are not tried. A search that takes long begins to note which
 * forks it met where, and tries none twice there, so its time is bounded by program times text, unless back references
 * make what follows depend on more. What it may take at all is bounded by an effort; given up counts as no match.
 */
import {
  holdsAt,
  isInsidePair,
  lengthOfAgain,
  mayBegin,
  sizeIn,
  standsAt,
  stepBack,
} from "./at-position.ts";
import type { Effort } from "../search-effort.ts";
import { createForkNotes, type ForkNotes, meet } from "./fork-notes.ts";
import { ENDLESS, NO_SET, OP, type Program } from "./program.ts";

/** Start and end of each group, two numbers a group, -1 when it took no part; the whole match first. */
export type Spans = Int32Array;

export interface Matcher {
  /** Searches between two positions, the end of the text being at the second; null: no match. */
  search(text: string, effort: Effort, from?: number, to?: number): Spans | null;
}

/** Instructions after which forks are noted: most searches end before. A part must take long each time. */
const PATIENCE = 2_000;
const PART_PATIENCE = 200;

export function createMatcher(program: Program, groups: number): Matcher {
  const slots = new Int32Array(program.slots);
  const notes: ForkNotes = createForkNotes();
  /** Ways not tried yet, and what slots held before they were set: [instruction or -1 - slot, position]. */
  let stack = new Int32Array(256);
  let top = 0;
  let text = "";
  let left = 0;
  let noteBelow = 0;

  function search(whole: string, effort: Effort, from = 0, to = whole.length): Spans | null {
    text = to === whole.length ? whole : whole.slice(0, to);
    left = effort.left;
    noteBelow = left - PATIENCE;
    notes.begin(text.length);
    slots.fill(-1);
    top = 0;
    const found = program.anchored && from > 0 ? null : searchFrom(from);
    if (left <= 0) effort.givenUp++;
    effort.left = Math.max(0, left);
    return found;
  }

  function searchFrom(from: number): Spans | null {
    const { first, anchored } = program;
    const last = anchored ? from : text.length;
    for (let start = from; start <= last && left > 0; start++) {
      if (first !== undefined && !mayBegin(first, text, start)) continue;
      if (start > from && isInsidePair(text, start)) continue;
      const end = run(program, start);
      if (end < 0) continue;
      slots[0] = start;
      slots[1] = end;
      return slots.slice(0, (groups + 1) * 2);
    }
    return null;
  }

  /** Where the match that begins here ends, or -1; what it pushed on the stack is then gone. */
  function run(part: Program, from: number): number {
    const { ops, x, y, sets, literals, firstOfX, firstOfY } = part;
    const subject = text;
    const bottom = top;
    const noteFrom = part === program ? noteBelow : Math.min(noteBelow, left - PART_PATIENCE);
    let met = notes.of(part);
    let at = 0;
    let position = from;
    for (;;) {
      if (--left <= 0) {
        undo(bottom);
        return -1;
      }
      let goesOn = true;
      const op = ops[at] ?? 0;
      const a = x[at] ?? 0;
      switch (op) {
        case OP.character:
          goesOn = subject.codePointAt(position) === a;
          position += a > 0xffff ? 2 : 1;
          at++;
          break;
        case OP.literal: {
          const literal = literals[a] ?? "";
          goesOn = standsAt(literal, subject, position);
          position += literal.length;
          at++;
          break;
        }
        case OP.set: {
          const size = sizeIn(sets[a] ?? NO_SET, subject, position);
          goesOn = size > 0;
          position += size;
          at++;
          break;
        }
        case OP.loop:
          if (met === undefined && left < noteFrom) met = notes.open(part);
          position = runLoop(part, at, position, met);
          goesOn = position >= 0;
          at = y[at] ?? 0;
          break;
        case OP.split: {
          if (met !== undefined) {
            if (meet(met, notes.stateOf(part, at, position, slots))) {
              goesOn = false;
              break;
            }
          } else if (left < noteFrom) met = notes.open(part);
          const one = firstOfX[at];
          const two = firstOfY[at];
          const first = one === undefined || mayBegin(one, subject, position);
          const second = two === undefined || mayBegin(two, subject, position);
          const b = y[at] ?? 0;
          if (first && second) push(b, position);
          goesOn = first || second;
          at = first ? a : b;
          break;
        }
        case OP.jump:
          at = a;
          break;
        case OP.save:
          setSlot(a, position);
          at++;
          break;
        case OP.clear:
          setSlot(a, -1);
          at++;
          break;
        case OP.again:
          if (slots[a] === position) {
            at = y[at] ?? -1;
            goesOn = at >= 0;
            break;
          }
          setSlot(a, position);
          at++;
          break;
        case OP.condition:
          at = (slots[a * 2 + 1] ?? -1) >= 0 ? at + 1 : (y[at] ?? 0);
          break;
        case OP.backReference: {
          const length = matchAgain(a, position, y[at] === 1);
          goesOn = length >= 0;
          position += length;
          at++;
          break;
        }
        case OP.look:
        case OP.atomic: {
          const end = runPart(part, a, position);
          goesOn = end >= 0;
          if (op === OP.atomic) position = end;
          at++;
          break;
        }
        case OP.needs:
          goesOn = subject.includes(literals[a] ?? "", position);
          at++;
          break;
        case OP.match:
          return position;
        default:
          goesOn = holdsAt(subject, position, { op, x: a, words: sets[y[at] ?? 0] ?? NO_SET });
          at++;
      }
      if (goesOn) continue;
      if (!retreat(bottom)) return -1;
      at = stack[top] ?? 0;
      position = stack[top + 1] ?? 0;
    }
  }

  /** Takes characters while it may; where it could end before, that is pushed. Where it ends, or -1. */
  function runLoop(part: Program, at: number, from: number, met: Uint32Array | undefined): number {
    const { x, y, least, most, sets, firstOfY, literalAfter } = part;
    const subject = text;
    const set = sets[x[at] ?? 0] ?? NO_SET;
    const out = y[at] ?? 0;
    const [min = 0, max = 0] = [least[at], most[at]];
    const after = firstOfY[at];
    const literal = literalAfter[at] ?? "";
    const mayEnd = (position: number): boolean =>
      literal === ""
        ? after === undefined || mayBegin(after, subject, position)
        : standsAt(literal, subject, position);
    // How often it went round before matters to a loop with an end.
    const noted = max === ENDLESS ? met : undefined;
    let position = from;
    for (let count = 0; ; count++) {
      if (count >= min && noted !== undefined)
        if (meet(noted, notes.stateOf(part, at, position, slots))) return -1;
      const size = count < max ? sizeIn(set, subject, position) : 0;
      const ends = count >= min && mayEnd(position);
      if (size === 0) return ends ? position : -1;
      if (ends) push(out, position);
      position += size;
      left--;
    }
  }

  function push(tag: number, value: number): void {
    if (top + 2 > stack.length) {
      const more = new Int32Array(stack.length * 2);
      more.set(stack);
      stack = more;
    }
    stack[top] = tag;
    stack[top + 1] = value;
    top += 2;
  }

  /** The slot gets its old value back when this way leads nowhere. */
  function setSlot(slot: number, value: number): void {
    push(-1 - slot, slots[slot] ?? -1);
    slots[slot] = value;
  }

  /** To the last way not tried, which then lies above the top; false: there is none. */
  function retreat(bottom: number): boolean {
    while (top > bottom) {
      top -= 2;
      const tag = stack[top] ?? 0;
      if (tag >= 0) return true;
      slots[-1 - tag] = stack[top + 1] ?? -1;
    }
    return false;
  }

  function undo(bottom: number): void {
    while (retreat(bottom));
  }

  function matchAgain(group: number, position: number, ignoreCase: boolean): number {
    const [start = -1, end = -1] = [slots[group * 2], slots[group * 2 + 1]];
    if (start < 0 || end < 0) return -1;
    return lengthOfAgain(text, position, text.slice(start, end), ignoreCase);
  }

  /**
   * A part of its own, tried once: where it ends, or -1. What its groups hold stays when it matches, and is taken back
   * when the way that led here fails.
   */
  function runPart({ parts }: Program, index: number, position: number): number {
    const part = parts[index];
    if (part === undefined) return -1;
    const { program: inner, negated, back } = part;
    const bottom = top;
    const from = stepBack(text, position, back);
    const end = from < 0 ? -1 : run(inner, from);
    if (end < 0) return negated ? position : -1;
    notes.forget(inner);
    if (negated) {
      undo(bottom);
      return -1;
    }
    const over = top;
    top = bottom;
    for (let i = bottom; i < over; i += 2) {
      const tag = stack[i] ?? 0;
      if (tag < 0) push(tag, stack[i + 1] ?? 0);
    }
    return end;
  }

  return { search };
}
