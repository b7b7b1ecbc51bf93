/**
 * Asks the daemon over its control socket. Equal questions of several dashboards are asked once: an answer is shared
 * while it is fresh, so that the daemon's work does not grow with the number of open pages.
 */
import { connectControl } from "../control/client.ts";
import type { CommandName, Commands } from "../control/messages.ts";
import { WebError } from "./web-error.ts";

interface Answer {
  /** Until when it is fresh, by the monotonic clock; infinite while the daemon has not answered. */
  until: number;
  readonly reply: Promise<unknown>;
}

/** Maximum number of answers that are kept, while they are fresh. */
const MAX_ANSWERS = 64;
/** Maximum number of questions that wait for the daemon. */
const MAX_WAITING = 32;
/** Milliseconds to wait for a daemon that does not greet. */
const PATIENCE_MS = 5000;

export class DaemonReader {
  readonly #socket: string;
  /** By question, oldest first. */
  readonly #answers = new Map<string, Answer>();
  #waiting = 0;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Returns an answer that came at most `maxAge` milliseconds ago. Throws a `CodedError` of the daemon or the client. */
  async ask<Name extends CommandName>(
    command: Name,
    input: Commands[Name]["in"],
    maxAge: number,
  ): Promise<Commands[Name]["out"]> {
    const key = JSON.stringify([command, input]);
    const known = this.#answers.get(key);
    const now = performance.now();
    if (known !== undefined && now <= known.until)
      return (await known.reply) as Commands[Name]["out"];
    const reply = this.#request(command, input, undefined);
    const answer: Answer = { until: Infinity, reply };
    this.#keep(key, answer, now);
    try {
      const value = await reply;
      answer.until = performance.now() + maxAge;
      return value;
    } catch (error) {
      // The next question is asked again: the daemon may have started.
      if (this.#answers.get(key)?.reply === reply) this.#answers.delete(key);
      throw error;
    }
  }

  /** Sends an order of a user, whom the daemon audits. Answers from before it are forgotten. */
  async order<Name extends CommandName>(
    user: string,
    command: Name,
    input: Commands[Name]["in"],
  ): Promise<Commands[Name]["out"]> {
    const reply = await this.#request(command, input, user);
    this.#answers.clear();
    return reply;
  }

  #keep(key: string, answer: Answer, now: number): void {
    for (const [old, { until }] of this.#answers) if (until < now) this.#answers.delete(old);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }

  async #request<Name extends CommandName>(
    command: Name,
    input: Commands[Name]["in"],
    user: string | undefined,
  ): Promise<Commands[Name]["out"]> {
    if (this.#waiting >= MAX_WAITING)
      throw new WebError("busy", "too many questions wait for the daemon", { hint: "try again" });
    this.#waiting++;
    try {
      const options = { patience: PATIENCE_MS, user, isService: true };
      await using client = await connectControl(this.#socket, options);
      return await client.request(command, input);
    } finally {
      this.#waiting--;
    }
  }
}
