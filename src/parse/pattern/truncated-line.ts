/**
 * Matches a pattern against a truncated line. Finds the address that every matching line with this beginning accuses.
 * Follows all alternatives in parallel. If one could still find the address after the cut, or needs more words before
 * the line certainly matches, the result is unknown. Patterns that begin alike read the line together as far as they do.
 */
import { parseIp } from "../../domain/ip.ts";
import type { Effort } from "../expression/search-effort.ts";
import type { PatternPart } from "./pattern.ts";
import { compileTruncated, type TruncatedProgram } from "./truncated-program.ts";
import { addArrival, type Arrival, findTexts, type Front, type Fronts } from "./truncated-front.ts";
import { isSameWay, type State, States, type Way } from "./truncated-states.ts";
import { mayGoOn } from "./whole-address.ts";

export type { Fronts };

/** no: no line with this beginning matches. unknown: some may match. Otherwise all do, with this address. */
export type PrefixVerdict = "no" | "unknown" | { readonly ip: string };

/**
 * The message begins at `from` and is cut at `end`. Consumes effort for each alternative and character. `fronts` is what
 * other patterns have found in this message.
 */
export type PrefixReader = (
  text: string,
  from: number,
  end: number,
  effort: Effort,
  fronts?: Fronts,
) => PrefixVerdict;

/**
 * Creates a reader of the pattern that `parse` returns. It is compiled for the first truncated line that it may match,
 * because most rules never get one; without effort, since otherwise the first such lines after a start would be lost.
 * Without `mustMatch` an address is only what every matching line accuses, although others may not match.
 */
export function createPrefixReader(
  parse: () => readonly PatternPart[],
  mustMatch = true,
): PrefixReader {
  let made: TruncatedProgram | undefined;
  return (text, from, end, effort, fronts = new Map()) => {
    if (effort.left <= 0) return giveUp(effort);
    made ??= compileTruncated(parse());
    return new Reading(made, mustMatch, text, end).read(from, effort, fronts);
  };
}

function giveUp(effort: Effort): PrefixVerdict & string {
  effort.overLimit++;
  return "unknown";
}

/** Maximum number of parallel alternatives. With more, the result is unknown. */
const MAX_ALTERNATIVES = 64;
/** Maximum length of an address with its zone. */
const MAX_ADDRESS_LENGTH = 61;
/** Effort for each alternative and character, and for a character of which is remembered what follows. */
const STEPS_PER_WAY = 4;
const STEPS_PER_KNOWN = 1;
/** Effort for looking up how far a beginning of the pattern matches. */
const STEPS_PER_LOOK_UP = 1;

class Reading {
  readonly #program: TruncatedProgram;
  readonly #mustMatch: boolean;
  readonly #text: string;
  /** The position of the cut. */
  readonly #end: number;
  /** The alternatives of the position that is being computed. */
  #ways: Way[] = [];
  /** Whether they depend on the position. */
  #isPlaced = false;
  #states = new States();
  #state = this.#states.of([]);
  /** The step at which the section ends; alternatives that reach it. */
  #until = Infinity;
  #arrivals: Arrival[] = [];
  /** The position of the address in alternatives that matched. */
  #address: { readonly start: number; readonly end: number } | undefined;
  #isUnknown = false;

  constructor(program: TruncatedProgram, mustMatch: boolean, text: string, end: number) {
    this.#program = program;
    this.#mustMatch = mustMatch;
    this.#text = text;
    this.#end = end;
  }

  read(from: number, effort: Effort, fronts: Fronts): PrefixVerdict {
    const begin: Way = { at: 0, start: -1, end: -1 };
    let front: Front | "unknown" = { arrivals: [{ way: begin, position: from }], atCut: [] };
    for (const { key, until, texts } of this.#program.sections) {
      effort.left -= STEPS_PER_LOOK_UP;
      const known = fronts.get(key);
      const before: Front = front;
      front =
        known ??
        (texts === undefined
          ? this.#advance(before, until, effort)
          : findTexts(before, { texts, until }, this.#text.slice(0, this.#end), effort));
      if (effort.left <= 0) return giveUp(effort);
      if (known === undefined) fronts.set(key, front);
      if (front === "unknown") return front;
      if (front.arrivals.length === 0 && front.atCut.length === 0) return "no";
    }
    const last = this.#advance(front, Infinity, effort);
    if (effort.left <= 0) return giveUp(effort);
    if (last === "unknown") return last;
    for (const way of last.atCut) this.#settle(way);
    const address = this.#address;
    if (this.#isUnknown) return "unknown";
    if (address === undefined) return "no";
    if (mayGoOn(this.#text, { ...address, from, cut: this.#end })) return "unknown";
    return { ip: this.#text.slice(address.start, address.end) };
  }

  /** Follows the alternatives through the next section. Ends early without effort. */
  #advance(front: Front, until: number, effort: Effort): Front | "unknown" {
    const { arrivals, atCut } = front;
    this.#states = new States();
    this.#state = this.#states.of([]);
    this.#until = until;
    this.#arrivals = [];
    let next = 0;
    for (let position = arrivals[0]?.position ?? this.#end; ; position++) {
      for (; arrivals[next]?.position === position; next++)
        this.#join(arrivals[next]?.way ?? NOWHERE, position);
      const alternatives = this.#state.ways.length;
      if (this.#isUnknown || alternatives > MAX_ALTERNATIVES) return "unknown";
      if (position >= this.#end) break;
      if (alternatives === 0) {
        if (next === arrivals.length) break;
        position = (arrivals[next]?.position ?? this.#end) - 1;
        continue;
      }
      const code = this.#text.charCodeAt(position);
      effort.left -= this.#state.next.has(code) ? STEPS_PER_KNOWN : alternatives * STEPS_PER_WAY;
      if (effort.left <= 0) break;
      this.#take(code, position + 1);
    }
    return { arrivals: this.#arrivals, atCut: [...atCut, ...this.#state.ways] };
  }

  /** Adds an alternative that arrives at this position. */
  #join(way: Way, position: number): void {
    const { ways, joined } = this.#state;
    this.#change(joined, way, () => {
      this.#ways = [...ways];
      this.#follow(way, position);
    });
  }

  #take(code: number, position: number): void {
    const { ways, next } = this.#state;
    this.#change(next, code, () => {
      this.#ways = [];
      for (const way of ways) {
        const step = this.#program.steps[way.at];
        // Only spaces may follow the pattern.
        if (step === undefined && isBlank(code)) this.#add(way);
        if (step?.kind === "take" && step.takes !== "anything" && step.takes(code))
          this.#follow({ ...way, at: way.at + 1 }, position);
      }
    });
  }

  /** Enters the state that follows by `key`, which `compute` finds if it is not known. */
  #change<Key>(known: Map<Key, State>, key: Key, compute: () => void): void {
    const after = known.get(key);
    if (after !== undefined) {
      this.#state = after;
      return;
    }
    this.#isPlaced = false;
    compute();
    this.#state = this.#states.of(this.#ways);
    if (!this.#isPlaced) known.set(key, this.#state);
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
    if (at === this.#until) {
      this.#isPlaced = true;
      addArrival(this.#arrivals, way, position);
      return;
    }
    const step = this.#program.steps[at];
    switch (step?.kind) {
      case "fork":
        for (const by of step.to) this.#follow({ ...way, at: at + by }, position);
        break;
      case "begin-address":
        this.#isPlaced = true;
        this.#follow(
          { at: at + 1, start: way.start === -1 ? position : AMBIGUOUS, end: -1 },
          position,
        );
        break;
      case "end-address":
        this.#isPlaced = true;
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
    if (!this.#ways.some((one) => isSameWay(one, way))) this.#ways.push(way);
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

/** Matches nothing. */
const NOWHERE: Way = { at: -1, start: -1, end: -1 };
/** The position is unknown, because the beginning alone does not show which of them is the peer. */
const AMBIGUOUS = -2;
