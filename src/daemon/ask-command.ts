/**
 * A jail's `ignorecommand`: a shell text that is asked about an offender before it is banned; exit code 0 means that it
 * is not. Asked beside the main path, for five seconds at most: other lines and bans go on, and without an answer the
 * ban comes. Answers are kept for `ignorecommand_keep`. Queue "ignorecommand": bound 256, policy: who finds no
 * place is banned unasked. Answers kept: 1,000, the oldest goes first.
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { ActionSetting } from "../config/action-setting.ts";
import { type BanFacts, banTag, familyOfSubject } from "../fail2ban/ban-tags.ts";
import { fillCommand } from "../fail2ban/fill-command.ts";
import { withVariables } from "../fail2ban/shell-variables.ts";
import type { RunShell, ShellEnd } from "../platform/run-shell.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Jail } from "./jail.ts";
import { aboutNobody } from "./ban-facts.ts";

export interface AskOptions {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly runShell: RunShell;
}

export interface Question {
  readonly jail: Jail;
  readonly subject: Subject;
  readonly failures: number;
}

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
const LINES = 20;

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
    const { jail, subject } = question;
    const command = jail.config.ignorecommand;
    const end = await execute(command, question);
    active--;
    waiting.shift()?.();
    // Exit code 1 is its way to say no; anything else is trouble that somebody should know of.
    if (!end.ok && end.how !== "exit code 1") {
      const reason = end.error === "" ? end.how : `${end.how}: ${end.error.slice(0, 300)}`;
      const told = { jail: jail.name, action: "ignorecommand", command: "ask", ip: subject };
      options.emit({ event: "action-failed", ...told, reason, took: LIMIT });
    }
    return end.ok;
  }

  function execute(command: string, { jail, subject, failures }: Question): Promise<ShellEnd> {
    const { book, runShell } = options;
    const capture = (): ReadonlyMap<string, string> => new Map();
    const recent = (): ReturnType<BanBook["recentFailures"]> =>
      book.recentFailures(subject, LINES).filter((one) => one.jail === jail.name);
    const facts: BanFacts = {
      ...aboutNobody({ book, clock, jail, bannedTotal: () => 0, capture }),
      subject,
      failures,
      matches: () =>
        recent()
          .map(({ line }) => line)
          .reverse(),
      captured: () => {
        const user = recent().find((one) => one.user !== undefined)?.user;
        return new Map(user === undefined ? [] : [["user", user]]);
      },
    };
    const setting: Pick<ActionSetting, "commands" | "properties"> = {
      commands: { check: command },
      properties: {},
    };
    const family = familyOfSubject(subject);
    const filled = fillCommand(setting, "check", family);
    const { script, variables } = withVariables(filled.ok ? filled.value : command, (tag) =>
      banTag(facts, family, tag),
    );
    return runShell({ script, variables, timeoutMilliseconds: LIMIT, signal: stop.signal });
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
      void inquire(question).then((ignored) => {
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
