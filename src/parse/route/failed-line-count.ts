/** Counts lines that were skipped because they caused an error. */
import type { FailedLines } from "./line-sink.ts";

export class FailedLineCount {
  #failed: FailedLines | undefined;

  /** Throws the error if it has a code: it is a failure of the environment, which a retry may not meet. */
  add(error: unknown): void {
    if (!(error instanceof Error) || "code" in error) throw error;
    const { lines = 0, reason = error.message } = this.#failed ?? {};
    this.#failed = { lines: lines + 1, reason };
  }

  /** Returns the lines since the last call. */
  take(): FailedLines | undefined {
    const failed = this.#failed;
    this.#failed = undefined;
    return failed;
  }
}
