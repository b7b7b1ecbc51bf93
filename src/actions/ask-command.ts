/**
 * A jail's `ignorecommand`: a shell text that is asked about an offender before it is banned; exit code 0 means that it
 * is not. Asked beside the main path, for five seconds at most: other lines and bans go on, and without an answer the
 * ban comes. Answers are kept for `ignorecommand_keep`. Queue "ignorecommand": bound 256, policy: who finds no
 * place is banned unasked. Answers kept: 1,000, the oldest goes first.
 */
import { type Duration, duration } from "../domain/duration.ts";
import type { Emit } from "../telemetry/events.ts";
import type { AskedCommand, Question } from "./run-ignore-command.ts";

export type AskOptions = Omit<AskedCommand, "limit" | "signal"> & { readonly emit: Emit };

export interface CommandAsker {
  /**
   * What is known already, or "asked": then `answered` is called later, once. "asked" also while an answer about the
   * same offender is awaited, and then nothing more is called.
   */
  ask(
    question: Question,
    answered: (answer: "ignored" | "banned") => void,
  ): "ignored" | "banned" | "asked";
  close(): void;
}

const LIMIT: Duration = duration(5000);
const PARALLEL = 4;
const BOUND = 256;
const KEPT = 1000;

export function createCommandAsker(options: AskOptions): CommandAsker {
  const { clock } = options;
  const known = new Map<string, { readonly ignored: boolean; readonly at: number }>();
  const awaited = new Set<string>();
  const waiting: (() => void)[] = [];
  const stop = new AbortController();
  let active = 0;

  function recall(key: string, keep: Duration): "ignored" | "banned" | undefined {
    const answer = known.get(key);
    if (answer === undefined || clock.monotonic() - answer.at > keep) return undefined;
    return answer.ignored ? "ignored" : "banned";
  }

  function remember(key: string, ignored: boolean): void {
    known.delete(key);
    known.set(key, { ignored, at: clock.monotonic() });
    const [oldest] = known.keys();
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  }

  async function inquire(question: Question): Promise<boolean> {
    if (active >= PARALLEL) await new Promise<void>((resolve) => waiting.push(resolve));
    active++;
    try {
      return await run(question);
    } finally {
      // Whatever became of it: the next one is not to wait for ever.
      active--;
      waiting.shift()?.();
    }
  }

  async function run(question: Question): Promise<boolean> {
    // Loaded by the first question: most hosts have no such command.
    const { runIgnoreCommand } = await import("./run-ignore-command.ts");
    const end = await runIgnoreCommand(question, { ...options, limit: LIMIT, signal: stop.signal });
    const { jail, subject } = question;
    // Exit code 1 is its way to say no; anything else is trouble that somebody should know of.
    if (!end.ok && end.how !== "exit code 1") {
      const reason = end.error === "" ? end.how : `${end.how}: ${end.error.slice(0, 300)}`;
      const told = { jail: jail.name, action: "ignorecommand", command: "ask", ip: subject };
      options.emit({ event: "action-failed", ...told, reason, took: LIMIT });
    }
    return end.ok;
  }

  return {
    ask(question, answered) {
      const { jail, subject } = question;
      const key = `${jail.name} ${subject}`;
      const answer = recall(key, jail.config.ignorecommand_keep);
      if (answer !== undefined) return answer;
      if (awaited.has(key)) return "asked";
      if (awaited.size >= BOUND) {
        options.emit({ event: "queue-overflowed", queue: "ignorecommand", dropped: 1 });
        return "banned";
      }
      awaited.add(key);
      const unasked = (error: unknown): boolean => {
        options.emit({ event: "bug", part: "ignorecommand", reason: String(error) });
        return false;
      };
      void inquire(question)
        .catch(unasked)
        .then((ignored) => {
          awaited.delete(key);
          if (stop.signal.aborted) return;
          remember(key, ignored);
          answered(ignored ? "ignored" : "banned");
        });
      return "asked";
    },
    close: () => stop.abort(),
  };
}
