/**
 * Reads a message in two ways where nobody can be sure of its head: everything behind the time, and what follows host and
 * program. Takes what is known in one way only, or in both for the same peer; where they accuse two, it takes nothing.
 */
import type { Match } from "../../domain/match.ts";
import type { MessageSearch } from "./message-search.ts";
import type { RuleIndex } from "./rule-index.ts";

/** Where each way begins; undefined: not read that way. */
interface Starts {
  readonly whole: number | undefined;
  readonly behindHead: number | undefined;
}

/** Which ways some filter's rules know, whether or not they were taken. */
export interface KnownReadings {
  readonly whole: boolean;
  readonly behindHead: boolean;
}

export const NOT_KNOWN: KnownReadings = { whole: false, behindHead: false };

export class BothReadings {
  readonly #search: MessageSearch;
  readonly #wholes = new Map<number, Match>();
  readonly #inners = new Map<number, Match>();

  constructor(search: MessageSearch) {
    this.#search = search;
  }

  /** The sink is told what is taken, and the search knows for `report` who took nothing. */
  read(index: RuleIndex, text: string, { whole, behindHead }: Starts, end: number): KnownReadings {
    const [wholes, inners] = [this.#wholes, this.#inners];
    wholes.clear();
    inners.clear();
    if (whole !== undefined) this.#search.collect(index, text, whole, end, wholes);
    if (behindHead !== undefined) this.#search.collect(index, text, behindHead, end, inners);
    this.#search.pass();
    for (const entry of index.entries) {
      const [all, inner] = [wholes.get(entry), inners.get(entry)];
      if (inner !== undefined && (all === undefined || mayBeSame(all, inner)))
        this.#search.take(entry, inner, behindHead ?? 0);
      // What was read as process and host is a part of the message.
      else if (inner === undefined && all !== undefined)
        this.#search.take(entry, { ...all, session: 0 }, whole ?? 0);
    }
    return { whole: wholes.size > 0, behindHead: inners.size > 0 };
  }
}

/** Whether both are about one peer, as far as the whole names any. */
function mayBeSame(whole: Match, inner: Match): boolean {
  const peer = whole.ip ?? whole.host;
  return peer === undefined || peer === (inner.ip ?? inner.host);
}
