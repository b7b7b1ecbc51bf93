/**
 * Decides the state of a source whose child process is restarted whenever it ends. That a child was started proves
 * nothing: it may end again without a line. So after a run that delivered nothing, the source stays failed until the
 * child works: it delivered a line, or ran for long enough.
 */
import type { SourceStatus } from "../domain/line-source.ts";

export interface RunStateOptions {
  /** Whether the first run counts as working from its start, until it ends. */
  readonly isTrusted: boolean;
  /** Called when the state becomes "reading". */
  readonly onReading: () => void;
}

export class RunState {
  readonly #options: RunStateOptions;
  #state: SourceStatus["state"] = "opening";
  #reason: string | undefined;
  /** Number of runs since one worked. */
  #failures = 0;
  #hasWorked = false;
  /** Whether the run before this one worked, so that a single end is no lasting failure. */
  #wasWorking: boolean;

  constructor(options: RunStateOptions) {
    this.#options = options;
    this.#wasWorking = options.isTrusted;
  }

  get current(): Pick<SourceStatus, "state" | "reason"> {
    return { state: this.#state, reason: this.#reason };
  }

  /** The child was started. */
  started(): void {
    this.#hasWorked = false;
    if (this.#wasWorking) this.#read();
  }

  /** The child delivered a line, or ran for long enough. */
  worked(): void {
    this.#hasWorked = true;
    this.#failures = 0;
    this.#read();
  }

  #read(): void {
    if (this.#state === "reading") return;
    [this.#state, this.#reason] = ["reading", undefined];
    this.#options.onReading();
  }

  /** The child ended, or cannot start, for `reason`. */
  failed(reason: string): void {
    this.#failures++;
    this.#wasWorking = this.#hasWorked;
    this.#hasWorked = false;
    const times = this.#failures === 1 ? "" : ` (${this.#failures} times in a row)`;
    [this.#state, this.#reason] = ["failed", `${reason}${times}`];
  }

  /** The source is closed. */
  ended(): void {
    [this.#state, this.#reason] = ["ended", undefined];
  }
}
