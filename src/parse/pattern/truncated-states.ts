/** Remembers the alternatives of a pattern while it is matched against a truncated line. Pure. */

/** The state of one alternative: its next step, and the position of the address; -1: not found, or one of several. */
export interface Way {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The alternatives at one position. Remembers what follows where that does not depend on the position, so that long
 * free text costs little for each character.
 */
export interface State {
  readonly ways: readonly Way[];
  /** By the next character. */
  readonly next: Map<number, State>;
  /** By an alternative that arrives here. */
  readonly joined: Map<Way, State>;
}

/** Maximum number of states that are remembered. */
const MAX_STATES = 64;

/** The states of one section of a pattern in one line. */
export class States {
  readonly #known: State[] = [];

  /** Returns the state with these alternatives, in this order. */
  of(ways: readonly Way[]): State {
    const known = this.#known.find((state) => isSame(state.ways, ways));
    if (known !== undefined) return known;
    const state = { ways, next: new Map(), joined: new Map() };
    if (this.#known.length < MAX_STATES) this.#known.push(state);
    return state;
  }
}

function isSame(some: readonly Way[], others: readonly Way[]): boolean {
  return (
    some.length === others.length &&
    some.every((way, i) => {
      const other = others[i];
      return other !== undefined && isSameWay(way, other);
    })
  );
}

export function isSameWay(one: Way, other: Way): boolean {
  return one.at === other.at && one.start === other.start && one.end === other.end;
}
