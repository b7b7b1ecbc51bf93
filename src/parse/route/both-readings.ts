/**
 * Matches a message both with and without its doubtful header. One reading is everything after the time, the other what
 * follows host and program. Accepts what only one reading recognizes, or both for the same peer; if they accuse two
 * peers, accepts nothing.
 */
import type { Match } from "../../domain/match.ts";
import type { MessageSearch } from "./message-search.ts";
import type { RuleIndex } from "./rule-index.ts";

/** Position at which each reading begins; undefined: not tried. */
interface Starts {
  readonly whole: number | undefined;
  readonly behindHead: number | undefined;
}

/** Which readings some filter's rules recognize, even if they were not accepted. */
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

  /** Passes accepted matches to the sink. The search then knows for `report` which filters accepted nothing. */
  read(index: RuleIndex, text: string, { whole, behindHead }: Starts, end: number): KnownReadings {
    const [wholes, inners] = [this.#wholes, this.#inners];
    wholes.clear();
    inners.clear();
    if (whole !== undefined) this.#search.collect(index, text, whole, end, wholes);
    if (behindHead !== undefined) this.#search.collect(index, text, behindHead, end, inners);
    this.#search.pass();
    // Most lines are another program's, and there may be a hundred filters.
    if (wholes.size + inners.size === 0) return NOT_KNOWN;
    for (const entry of index.entries) {
      const [all, inner] = [wholes.get(entry), inners.get(entry)];
      if (inner !== undefined && (all === undefined || mayBeSame(all, inner)))
        this.#search.take(entry, inner, behindHead ?? 0);
      // In this reading the parsed process and host are part of the message.
      else if (inner === undefined && all !== undefined)
        this.#search.take(entry, { ...all, session: 0 }, whole ?? 0);
    }
    return { whole: wholes.size > 0, behindHead: inners.size > 0 };
  }
}

/** Returns whether both readings are about one peer, as far as the whole message identifies any. */
function mayBeSame(whole: Match, inner: Match): boolean {
  const peer = whole.ip ?? whole.host;
  return peer === undefined || peer === (inner.ip ?? inner.host);
}
