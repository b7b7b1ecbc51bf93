/**
 * Runs a program on a text, with the results Python's engine has: leftmost, in order of preference, each group with what
 * it matched last. What failed once at a position is not tried again there, so the time is bounded by program times
 * text, unless back references make what follows depend on more. Every search has a budget of steps as well; one that
 * is given up counts as no match, and is counted.
 */
import { casesOf, isWord } from "./character-classes.ts";
import type { Program } from "./program.ts";

/** Start and end of each group, two numbers a group, -1 when it took no part; the whole match first. */
export type Spans = Int32Array;

export interface Matcher {
  /** Searches between two positions, the end of the text being at the second; null: no match. */
  search(text: string, from?: number, to?: number): Spans | null;
  /** Searches that were given up since the start. */
  readonly givenUp: number;
}

/** About 50 ms. */
const BUDGET = 2_000_000;

/** Tells whether a state was met before, and notes that it is now. */
type Meet = (state: number) => boolean;

interface Run {
  readonly text: string;
  readonly program: Program;
  readonly met: Meet;
  readonly slots: Int32Array;
}

export function createMatcher(program: Program, groups: number): Matcher {
  let bits = new Uint32Array(1024);
  /** What failed in parts of the expression, in the present search. */
  let failed = new Map<Program, Set<number>>();
  let steps = 0;
  let givenUp = 0;

  function meetWhole(length: number): Meet {
    const words =
      ((program.instructions.length * (length + 1) * 2 ** program.conditions.size) >>> 5) + 1;
    if (bits.length < words) bits = new Uint32Array(words);
    else bits.fill(0, 0, words);
    return (state) => {
      const word = state >>> 5;
      const flag = 1 << (state & 31);
      const before = bits[word] ?? 0;
      bits[word] = before | flag;
      return (before & flag) !== 0;
    };
  }

  function search(whole: string, from = 0, to = whole.length): Spans | null {
    const text = to === whole.length ? whole : whole.slice(0, to);
    const slots = new Int32Array((groups + 1) * 2).fill(-1);
    const met = program.remembers ? NEVER_MET : meetWhole(text.length);
    const run = { text, program, met, slots };
    failed = new Map();
    steps = 0;
    for (let start = from; start <= text.length; start++) {
      const end = runFrom(run, start);
      if (steps > BUDGET) {
        givenUp++;
        return null;
      }
      if (end < 0) continue;
      slots[0] = start;
      slots[1] = end;
      return slots;
    }
    return null;
  }

  /** Where the match that begins here ends, or -1. */
  function runFrom(run: Run, from: number): number {
    const { text, program: part, met, slots } = run;
    const { instructions, conditions } = part;
    const width = text.length + 1;
    // Alternatives not tried yet, and what groups held before they were set: [-1 - slot, value] or [instruction, position].
    const stack: number[] = [0, from];
    let mask = maskOf(conditions, slots);
    while (stack.length > 0) {
      let position = stack.pop() ?? 0;
      let at = stack.pop() ?? 0;
      if (at < 0) {
        slots[-1 - at] = position;
        if (conditions.size > 0) mask = maskOf(conditions, slots);
        continue;
      }
      thread: for (;;) {
        if (++steps > BUDGET) return -1;
        if (met((mask * instructions.length + at) * width + position)) break;
        const instruction = instructions[at];
        if (instruction === undefined) break;
        switch (instruction.op) {
          case "character":
          case "set":
          case "any":
          case "not-line-end": {
            if (position >= text.length) break thread;
            const code = text.codePointAt(position) ?? 0;
            const takes =
              instruction.op === "character"
                ? code === instruction.code
                : instruction.op === "set"
                  ? instruction.set.has(code)
                  : instruction.op === "any" || code !== 10;
            if (!takes) break thread;
            position += code > 0xffff ? 2 : 1;
            at++;
            continue;
          }
          case "start":
            if (position !== 0 && !(instruction.everyLine && text.charCodeAt(position - 1) === 10))
              break thread;
            at++;
            continue;
          case "end":
            if (!isEnd(text, position, instruction.everyLine)) break thread;
            at++;
            continue;
          case "very-end":
            if (position !== text.length) break thread;
            at++;
            continue;
          case "word-edge":
            if (isWordEdge(text, position, instruction.ascii) === instruction.negated) break thread;
            at++;
            continue;
          case "save":
            stack.push(-1 - instruction.slot, slots[instruction.slot] ?? -1);
            slots[instruction.slot] = position;
            if (conditions.size > 0) mask = maskOf(conditions, slots);
            at++;
            continue;
          case "split":
            stack.push(instruction.second, position);
            at = instruction.first;
            continue;
          case "jump":
            at = instruction.to;
            continue;
          case "condition":
            at = tookPart(slots, instruction.group) ? at + 1 : instruction.no;
            continue;
          case "back-reference": {
            const length = matchAgain(text, position, slots, instruction);
            if (length < 0) break thread;
            position += length;
            at++;
            continue;
          }
          case "look":
          case "atomic": {
            const back = instruction.op === "look" ? instruction.back : 0;
            const end = runPart(run, instruction.program, stepBack(text, position, back));
            if (instruction.op === "look") {
              const holds = end >= 0;
              if (holds === instruction.negated) break thread;
            } else if (end < 0) break thread;
            else position = end;
            at++;
            continue;
          }
          case "match":
            return position;
        }
      }
    }
    return -1;
  }

  /** A part of its own: what its groups hold stays when it matches, and is taken back when it does not. */
  function runPart(run: Run, part: Program, from: number): number {
    if (from < 0) return -1;
    const { text, slots } = run;
    const before = slots.slice();
    const states = failed.get(part) ?? new Set<number>();
    const met = part.remembers ? NEVER_MET : meetPart(states);
    const end = runFrom({ text, program: part, met, slots }, from);
    if (end < 0) {
      slots.set(before);
      failed.set(part, states);
    } else failed.delete(part);
    return end;
  }

  return {
    search,
    get givenUp() {
      return givenUp;
    },
  };
}

const NEVER_MET: Meet = () => false;

function meetPart(states: Set<number>): Meet {
  return (state) => {
    if (states.has(state)) return true;
    states.add(state);
    return false;
  };
}

function maskOf(conditions: ReadonlyMap<number, number>, slots: Int32Array): number {
  let mask = 0;
  for (const [group, bit] of conditions) if (tookPart(slots, group)) mask |= 1 << bit;
  return mask;
}

function tookPart(slots: Int32Array, group: number): boolean {
  return (slots[group * 2 + 1] ?? -1) >= 0;
}

function isEnd(text: string, position: number, everyLine: boolean): boolean {
  if (position === text.length) return true;
  if (text.charCodeAt(position) !== 10) return false;
  return everyLine || position === text.length - 1;
}

function isWordEdge(text: string, position: number, ascii: boolean): boolean {
  const before = position > 0 && isWord(codeBefore(text, position), ascii);
  const after = position < text.length && isWord(text.codePointAt(position) ?? 0, ascii);
  return before !== after;
}

function codeBefore(text: string, position: number): number {
  const unit = text.charCodeAt(position - 1);
  if (unit >= 0xdc00 && unit <= 0xdfff && position > 1)
    return text.codePointAt(position - 2) ?? unit;
  return unit;
}
function stepBack(text: string, position: number, characters: number): number {
  let at = position;
  for (let i = characters; i > 0; i--) {
    if (at <= 0) return -1;
    at -= codeBefore(text, at) > 0xffff ? 2 : 1;
  }
  return at;
}

function matchAgain(
  text: string,
  position: number,
  slots: Int32Array,
  { group, ignoreCase }: { readonly group: number; readonly ignoreCase: boolean },
): number {
  const [start = -1, end = -1] = [slots[group * 2], slots[group * 2 + 1]];
  if (start < 0 || end < 0) return -1;
  const wanted = text.slice(start, end);
  const there = text.slice(position, position + wanted.length);
  if (there === wanted) return wanted.length;
  if (!ignoreCase || there.length !== wanted.length) return -1;
  const [a, b] = [[...wanted], [...there]];
  const same = a.every((char, i) =>
    casesOf(char.codePointAt(0) ?? 0).includes(b[i]?.codePointAt(0) ?? -1),
  );
  return same && a.length === b.length ? wanted.length : -1;
}
