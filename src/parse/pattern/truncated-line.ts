/**
 * Matches a pattern against a truncated line. Finds the address that every matching line with this beginning accuses.
 * Follows all alternatives in parallel. If one could still find the address after the cut, or needs more words before
 * the line certainly matches, the result is unknown.
 */
import { parseIp } from "../../domain/ip.ts";
import { type Step, stepsOf } from "./truncated-steps.ts";
import type { PatternPart } from "./pattern.ts";
import type { Effort } from "../expression/search-effort.ts";
import { mayGoOn } from "./whole-address.ts";

/** no: no line with this beginning matches. unknown: some may match. Otherwise all do, with this address. */
export type PrefixVerdict = "no" | "unknown" | { readonly ip: string };

/** The message begins at `from` and is cut at `end`. Consumes effort for each alternative and character. */
export type PrefixReader = (
  text: string,
  from: number,
  end: number,
  effort: Effort,
) => PrefixVerdict;

/**
 * Creates a reader of the pattern that `parse` returns. It is compiled for the first truncated line that it may match, because most rules never get one.
 * Without `mustMatch` an address is only what every matching line accuses, although others may not match.
 */
export function createPrefixReader(
  parse: () => readonly PatternPart[],
  mustMatch = true,
): PrefixReader {
  let made: Program | undefined;
  return (text, from, end, effort) => {
    if (made === undefined) {
      if (effort.left <= 0) return giveUp(effort);
      made = compile(parse());
      effort.left -= made.steps.length * STEPS_PER_STEP;
    }
    return new Reading(made, mustMatch).read(text, from, end, effort);
  };
}

function giveUp(effort: Effort): PrefixVerdict {
  effort.overLimit++;
  return "unknown";
}

interface Program {
  /** The field that contains the address. */
  readonly accused: "ip" | "host";
  readonly steps: readonly Step[];
  /** For each step and the end: whether an address may follow, and whether the line may end without a further word. */
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

/** Returns for each step and the end whether the property applies: to itself, or to a step that may come next. */
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

/** The state of one alternative: its next step, and the position of the address; -1: not found, or one of several. */
interface Way {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Maximum number of parallel alternatives. With more, the result is unknown. */
const MAX_ALTERNATIVES = 64;
/** Maximum length of an address with its zone. */
const MAX_ADDRESS_LENGTH = 61;
/** Effort for each alternative and character. */
const STEPS_PER_WAY = 4;
/** Effort for compilation: one line must not pay for compiling a thousand rules. */
const STEPS_PER_STEP = 32;

class Reading {
  readonly #program: Program;
  readonly #mustMatch: boolean;
  #text = "";
  #ways: Way[] = [];
  /** The position of the address in alternatives that matched. */
  #address: { readonly start: number; readonly end: number } | undefined;
  #isUnknown = false;

  constructor(program: Program, mustMatch: boolean) {
    this.#program = program;
    this.#mustMatch = mustMatch;
  }

  read(text: string, from: number, end: number, effort: Effort): PrefixVerdict {
    this.#text = text;
    this.#follow({ at: 0, start: -1, end: -1 }, from);
    for (let position = from; position < end && this.#ways.length > 0; position++) {
      effort.left -= this.#ways.length * STEPS_PER_WAY;
      this.#take(text.charCodeAt(position), position + 1);
      if (effort.left <= 0) return giveUp(effort);
      if (this.#isUnknown || this.#ways.length > MAX_ALTERNATIVES) return "unknown";
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
      // Only spaces may follow the pattern.
      if (step === undefined && isBlank(code)) this.#add(way);
      if (step?.kind === "take" && step.takes !== "anything" && step.takes(code))
        this.#follow({ ...way, at: way.at + 1 }, position);
    }
  }

  /**
   * Returns whether the text since the beginning is an address. For several addresses and for names this does not
   * matter.
   */
  #isAddress({ start }: Way, end: number): boolean {
    if (this.#program.accused === "host" || start < 0) return true;
    return end - start <= MAX_ADDRESS_LENGTH && parseIp(this.#text.slice(start, end)) !== undefined;
  }

  /** Continues an alternative with the steps that may match next characters. */
  #follow(way: Way, position: number): void {
    const { at } = way;
    const step = this.#program.steps[at];
    switch (step?.kind) {
      case "fork":
        for (const by of step.to) this.#follow({ ...way, at: at + by }, position);
        break;
      case "begin-address":
        this.#follow(
          { at: at + 1, start: way.start === -1 ? position : AMBIGUOUS, end: -1 },
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
          // This step may match the rest of the line, or nothing.
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

  /** Records that the line may end after this alternative. */
  #settle({ at, start, end }: Way): void {
    const { mayAccuse, maySayNothing } = this.#program;
    const known = this.#address;
    const differs = known !== undefined && (known.start !== start || known.end !== end);
    const isMatch = !this.#mustMatch || maySayNothing[at] === true;
    if (end < 0 || differs || mayAccuse[at] === true || !isMatch) this.#isUnknown = true;
    else this.#address = { start, end };
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}

/** The position is unknown, because the beginning alone does not show which of them is the peer. */
const AMBIGUOUS = -2;
