/**
 * Reads a pattern against the head of a line whose rest is missing: which address every line accuses that begins so and
 * that the pattern takes. All ways to read the head are followed at once; where one could still find the address behind
 * the cut, or where the pattern needs more words before the line is surely its own, the head tells nothing.
 */
import { parseIp } from "../../domain/ip.ts";
import { type Step, stepsOf } from "./head-steps.ts";
import type { PatternPart } from "./pattern.ts";
import type { Effort } from "../expression/search-effort.ts";
import { mayGoOn } from "./whole-address.ts";

/** no: no line that begins so is the pattern's; unknown: some may be; else the address of all that are. */
export type HeadVerdict = "no" | "unknown" | { readonly ip: string };

/** The message begins at `from` and is cut at `end`. Takes from the effort a step for each way and character. */
export type HeadReader = (text: string, from: number, end: number, effort: Effort) => HeadVerdict;

/** Compiled for the first cut line it may match: most rules never see one. */
export function createHeadReader(parts: readonly PatternPart[]): HeadReader {
  let made: Program | undefined;
  return (text, from, end, effort) => {
    if (made === undefined) {
      if (effort.left <= 0) return giveUp(effort);
      made = compile(parts);
      effort.left -= made.steps.length * STEPS_PER_STEP;
    }
    return new Reading(made).read(text, from, end, effort);
  };
}

function giveUp(effort: Effort): HeadVerdict {
  effort.givenUp++;
  return "unknown";
}

interface Program {
  /** The field that holds the address. */
  readonly accused: "ip" | "host";
  readonly steps: readonly Step[];
  /** Of each step and the end: whether from here on an address may come, and whether the line may end without a word. */
  readonly mayAccuse: readonly boolean[];
  readonly maySayNothing: readonly boolean[];
}

function compile(parts: readonly PatternPart[]): Program {
  const accused = hasField(parts, "ip") ? "ip" : "host";
  const steps = stepsOf(parts, accused);
  const mayAccuse = spread(steps, [], ({ kind }) => isAddressMark(kind) || undefined);
  const isWord = (step: Step): boolean => step.kind === "take" && step.says;
  const maySayNothing = spread(steps, [steps.length], (step) => (isWord(step) ? false : undefined));
  return { accused, steps, mayAccuse, maySayNothing };
}

/** For each step and the end whether it holds: by itself, or because it holds for a step that may come next. */
function spread(
  steps: readonly Step[],
  holds: readonly number[],
  byItself: (step: Step) => boolean | undefined,
): readonly boolean[] {
  const all = Array.from({ length: steps.length + 1 }, (_, at) => holds.includes(at));
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const [at, step] of [...steps.entries()].reverse()) {
      if (all[at] === true) continue;
      const next = step.kind === "fork" ? step.to.map((by) => at + by) : [at + 1];
      if (!(byItself(step) ?? next.some((one) => all[one] === true))) continue;
      all[at] = true;
      isStable = false;
    }
  }
  return all;
}

function isAddressMark(kind: Step["kind"]): boolean {
  return kind === "begin-address" || kind === "end-address";
}

function hasField(parts: readonly PatternPart[], name: string): boolean {
  return parts.some((part) => {
    if (part.kind === "field") return part.name === name;
    if (part.kind === "optional") return hasField(part.parts, name);
    return part.kind === "choice" && part.branches.some((branch) => hasField(branch, name));
  });
}

/** A way to read what came so far: the step that is next, and where the address stands; -1: not met, or one of several. */
interface Way {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** More at once make the head tell nothing. */
const MOST_WAYS = 64;
/** With its zone. */
const LONGEST_ADDRESS = 61;
/** Of the effort, for each way and character. */
const STEPS_PER_WAY = 4;
/** For compiling: a first line must not pay for a thousand rules. */
const STEPS_PER_STEP = 32;

class Reading {
  readonly #program: Program;
  #text = "";
  #ways: Way[] = [];
  /** Of the ways that end well: where the address stands. */
  #address: { readonly start: number; readonly end: number } | undefined;
  #isUnknown = false;

  constructor(program: Program) {
    this.#program = program;
  }

  read(text: string, from: number, end: number, effort: Effort): HeadVerdict {
    this.#text = text;
    this.#follow({ at: 0, start: -1, end: -1 }, from);
    for (let position = from; position < end && this.#ways.length > 0; position++) {
      effort.left -= this.#ways.length * STEPS_PER_WAY;
      this.#take(text.charCodeAt(position), position + 1);
      if (effort.left <= 0) return giveUp(effort);
      if (this.#isUnknown || this.#ways.length > MOST_WAYS) return "unknown";
    }
    for (const way of this.#ways) this.#settle(way);
    const address = this.#address;
    if (this.#isUnknown) return "unknown";
    if (address === undefined) return "no";
    if (mayGoOn(text, { ...address, from, cut: end })) return "unknown";
    return { ip: text.slice(address.start, address.end) };
  }

  #take(code: number, position: number): void {
    const ways = this.#ways;
    this.#ways = [];
    for (const way of ways) {
      const step = this.#program.steps[way.at];
      // Behind the pattern only blanks may come.
      if (step === undefined && isBlank(code)) this.#add(way);
      if (step?.kind === "take" && step.takes !== "anything" && step.takes(code))
        this.#follow({ ...way, at: way.at + 1 }, position);
    }
  }

  /** Whether what came since it began is one; of several addresses, and of names, nobody asks. */
  #isAddress({ start }: Way, end: number): boolean {
    if (this.#program.accused === "host" || start < 0) return true;
    return end - start <= LONGEST_ADDRESS && parseIp(this.#text.slice(start, end)) !== undefined;
  }

  /** To the next characters it may take from here. */
  #follow(way: Way, position: number): void {
    const { at } = way;
    const step = this.#program.steps[at];
    switch (step?.kind) {
      case "fork":
        for (const by of step.to) this.#follow({ ...way, at: at + by }, position);
        break;
      case "begin-address":
        this.#follow(
          { at: at + 1, start: way.start === -1 ? position : SEVERAL, end: -1 },
          position,
        );
        break;
      case "end-address":
        if (this.#isAddress(way, position))
          this.#follow({ ...way, at: at + 1, end: way.start < 0 ? -1 : position }, position);
        break;
      case "take":
        if (step.takes !== "anything") this.#add(way);
        else {
          // The rest of every line, or nothing.
          this.#settle(way);
          this.#follow({ ...way, at: at + 1 }, position);
        }
        break;
      case undefined:
        this.#add(way);
    }
  }

  #add(way: Way): void {
    const { at, start, end } = way;
    if (!this.#ways.some((one) => one.at === at && one.start === start && one.end === end))
      this.#ways.push(way);
  }

  /** The line ends somewhere behind this way. */
  #settle({ at, start, end }: Way): void {
    const { mayAccuse, maySayNothing } = this.#program;
    const known = this.#address;
    const differs = known !== undefined && (known.start !== start || known.end !== end);
    if (end < 0 || differs || mayAccuse[at] === true || maySayNothing[at] !== true)
      this.#isUnknown = true;
    else this.#address = { start, end };
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}

/** No place: which of them is the peer is not said by the head alone. */
const SEVERAL = -2;
