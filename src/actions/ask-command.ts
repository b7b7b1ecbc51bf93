/**
 * Runs a jail's `ignorecommand` before a ban; exit code 0 prevents the ban. It runs beside the main path, for at most
 * five seconds: other lines and bans continue, and without an answer the ban happens. Answers are cached for
 * `ignorecommand_keep`, at most 1,000; the oldest is dropped first. Queue "ignorecommand": bound 256; policy: subjects
 * beyond it are banned without running the command.
 */
import { type Duration, duration } from "../domain/duration.ts";
import type { Emit } from "../telemetry/events.ts";
import type { AskedCommand, Question } from "./run-ignore-command.ts";

export type AskOptions = Omit<AskedCommand, "limit" | "signal"> & { readonly emit: Emit };

type Verdict = "ignored" | "banned";

const TIMEOUT: Duration = duration(5000);
const MAX_PARALLEL = 4;
const MAX_UNANSWERED = 256;
const MAX_ANSWERS = 1000;

export class CommandAsker {
  readonly #options: AskOptions;
  /** Cached answers by jail and subject, oldest first; `at` in milliseconds of the monotonic clock. */
  readonly #answers = new Map<string, { readonly ignored: boolean; readonly at: number }>();
  readonly #unanswered = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  readonly #stop = new AbortController();
  #active = 0;

  constructor(options: AskOptions) {
    this.#options = options;
  }

  /**
   * Returns the cached answer, or "asked". After "asked", `onAnswer` is called once, later; it is not called if an
   * answer about the same subject is already pending.
   */
  ask(question: Question, onAnswer: (answer: Verdict) => void): Verdict | "asked" {
    const { jail, subject } = question;
    const key = `${jail.name} ${subject}`;
    const answer = this.#recall(key, jail.config.ignorecommand_keep);
    if (answer !== undefined) return answer;
    if (this.#unanswered.has(key)) return "asked";
    if (this.#unanswered.size >= MAX_UNANSWERED) {
      this.#options.emit({ event: "queue-overflowed", queue: "ignorecommand", dropped: 1 });
      return "banned";
    }
    this.#unanswered.add(key);
    void this.#runSafely(question).then((ignored) => {
      this.#unanswered.delete(key);
      if (this.#stop.signal.aborted) return;
      this.#remember(key, ignored);
      onAnswer(ignored ? "ignored" : "banned");
    });
    return "asked";
  }

  close(): void {
    this.#stop.abort();
  }

  #recall(key: string, keep: Duration): Verdict | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined || this.#options.clock.monotonic() - answer.at > keep)
      return undefined;
    return answer.ignored ? "ignored" : "banned";
  }

  #remember(key: string, ignored: boolean): void {
    this.#answers.delete(key);
    this.#answers.set(key, { ignored, at: this.#options.clock.monotonic() });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }

  /**
   * Waits until fewer than MAX_PARALLEL commands run, then runs one. After a bug, which is reported, the subject is
   * banned.
   */
  async #runSafely(question: Question): Promise<boolean> {
    if (this.#active >= MAX_PARALLEL)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active++;
    try {
      return await this.#run(question);
    } catch (error) {
      this.#options.emit({ event: "bug", part: "ignorecommand", reason: String(error) });
      return false;
    } finally {
      // Always lets the next waiting command run.
      this.#active--;
      this.#waiting.shift()?.();
    }
  }

  async #run(question: Question): Promise<boolean> {
    // Loaded for the first question: most hosts have no ignorecommand.
    const { runIgnoreCommand } = await import("./run-ignore-command.ts");
    const limits = { limit: TIMEOUT, signal: this.#stop.signal };
    const end = await runIgnoreCommand(question, { ...this.#options, ...limits });
    const { jail, subject } = question;
    // Exit code 1 is a valid "no"; any other end is a failure to report.
    if (!end.ok && end.how !== "exit code 1") {
      const reason = end.error === "" ? end.how : `${end.how}: ${end.error.slice(0, 300)}`;
      const about = { jail: jail.name, action: "ignorecommand", command: "ask", ip: subject };
      this.#options.emit({ event: "action-failed", ...about, reason, took: TIMEOUT });
    }
    return end.ok;
  }
}
