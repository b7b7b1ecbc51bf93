/** Gives each line its effort, and counts the lines that used it up. */
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import { type Effort, RULES_EFFORT } from "../expression/search-effort.ts";

export class OverLimit {
  readonly #effort: Effort;
  readonly #recognizers: readonly { readonly recognizer: LineRecognizer }[];
  /** Number of lines on which rules gave up. */
  #lines = 0;

  constructor(effort: Effort, recognizers: readonly { readonly recognizer: LineRecognizer }[]) {
    this.#effort = effort;
    this.#recognizers = recognizers;
  }

  /** Restores the effort that a previous line used. */
  renew(): void {
    if (this.#effort.overLimit > 0) this.#lines++;
    this.#effort.left = RULES_EFFORT;
    this.#effort.overLimit = 0;
  }

  /** Returns the number of lines since the start on which rules or recognizers gave up. */
  count(): number {
    this.renew();
    return this.#recognizers.reduce(
      (sum, { recognizer }) => sum + recognizer.overLimit,
      this.#lines,
    );
  }
}
