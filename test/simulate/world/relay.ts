/** Simulates a relay between services and a log file. It delivers messages late, out of order, or twice. */

import type { WrittenLines } from "./auth-log.ts";

export interface Delivery {
  readonly order: "as-written" | "reversed" | "odd-before-even";
  /** Whether each message is delivered a second time after all others, as when an acknowledgment got lost. */
  readonly isRepeated: boolean;
}

export class Relay {
  readonly #deliver: (lines: WrittenLines) => void;
  /** Messages that wait; undefined: they are delivered immediately. */
  #waiting: WrittenLines[] | undefined;

  constructor(deliver: (lines: WrittenLines) => void) {
    this.#deliver = deliver;
  }

  get isStalled(): boolean {
    return this.#waiting !== undefined;
  }

  send(lines: WrittenLines): void {
    if (this.#waiting === undefined) this.#deliver(lines);
    else this.#waiting.push(lines);
  }

  stall(): void {
    this.#waiting ??= [];
  }

  /** Delivers what waits. */
  resume({ order, isRepeated }: Delivery): void {
    const lines = sort(this.#waiting ?? [], order);
    this.#waiting = undefined;
    for (const one of lines) this.#deliver(one);
    if (isRepeated) for (const one of lines) this.#deliver({ ...one, isRepeated });
  }
}

function sort(lines: readonly WrittenLines[], order: Delivery["order"]): readonly WrittenLines[] {
  switch (order) {
    case "as-written":
      return lines;
    case "reversed":
      return lines.toReversed();
    case "odd-before-even":
      return [...lines.filter((_, i) => i % 2 === 1), ...lines.filter((_, i) => i % 2 === 0)];
  }
}
