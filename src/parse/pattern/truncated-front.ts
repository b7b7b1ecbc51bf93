/** Finds where a section of a pattern ends in a truncated line, if it ends with one of several texts. Pure. */
import type { Effort } from "../expression/search-effort.ts";
import type { SectionText } from "./truncated-program.ts";
import { isSameWay, type Way } from "./truncated-states.ts";

/** How far beginnings of patterns match one message, by the beginning. */
export type Fronts = Map<string, Front | "unknown">;

/** The alternatives at the end of a section of a pattern. */
export interface Front {
  /** In the order of their positions. */
  readonly arrivals: readonly Arrival[];
  /** Those that were in this section or an earlier one when the message ended. */
  readonly atCut: readonly Way[];
}

export interface Arrival {
  readonly way: Way;
  readonly position: number;
}

interface TextSection {
  readonly texts: readonly SectionText[];
  /** The step behind each of them. */
  readonly until: number;
}

/** Characters searched for a text at the cost of one step. */
const CHARACTERS_PER_STEP = 32;
/** Effort for each place where a text is found. */
const STEPS_PER_FOUND = 4;

/** Continues the alternatives with the texts. `message` ends at the cut. Ends early without effort. */
export function findTexts(
  { arrivals, atCut }: Front,
  { texts, until }: TextSection,
  message: string,
  effort: Effort,
): Front {
  const [first, last] = [arrivals[0]?.position, arrivals.at(-1)?.position];
  if (first === undefined || last === undefined) return { arrivals, atCut };
  const found: Arrival[] = [];
  const open = [...atCut];
  for (const { text, at } of texts) {
    const searched = message.slice(0, last + text.length);
    effort.left -= (searched.length - first) / CHARACTERS_PER_STEP;
    for (let start = first - 1; effort.left > 0; ) {
      start = searched.indexOf(text, start + 1);
      if (start < 0) break;
      effort.left -= STEPS_PER_FOUND;
      for (const way of waysAt(arrivals, start))
        found.push({ way: { ...way, at: until }, position: start + text.length });
    }
    // The cut may be in the text, or before it.
    for (let length = 0; length < text.length; length++) {
      const start = message.length - length;
      if (start < first || !message.endsWith(text.slice(0, length))) continue;
      for (const way of waysAt(arrivals, start)) open.push({ ...way, at: at + length });
    }
  }
  const ordered: Arrival[] = [];
  for (const { way, position } of found.sort((a, b) => a.position - b.position))
    addArrival(ordered, way, position);
  return { arrivals: ordered, atCut: open };
}

/** Adds an alternative at the end of a section. `arrivals` are in the order of their positions. */
export function addArrival(arrivals: Arrival[], way: Way, position: number): void {
  for (let i = arrivals.length - 1; arrivals[i]?.position === position; i--) {
    const known = arrivals[i]?.way;
    if (known !== undefined && isSameWay(known, way)) return;
  }
  const before = arrivals.at(-1)?.way;
  // The same object, because states are remembered by it.
  const isKnown = before !== undefined && isSameWay(before, way);
  arrivals.push({ way: isKnown ? before : way, position });
}

function waysAt(arrivals: readonly Arrival[], position: number): readonly Way[] {
  let [low, high] = [0, arrivals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((arrivals[middle]?.position ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  const ways: Way[] = [];
  for (let i = low; arrivals[i]?.position === position; i++) {
    const way = arrivals[i]?.way;
    if (way !== undefined) ways.push(way);
  }
  return ways;
}
