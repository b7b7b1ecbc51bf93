/**
 * Runs a command for each ban and each unban, from an argument list. Commands for one ban keep their order; up to
 * `parallel` run at a time. A command that fails is tried twice more. A start of the daemon passes no ban again, and a
 * stop ends none: commands that wait at a stop have ten seconds and one try each, and what is left is reported.
 */
import type { NamedAction } from "../../config/config.ts";
import { amount } from "../../domain/amount.ts";
import { duration } from "../../domain/duration.ts";
import { hostNames } from "../../host/host.ts";
import { runCommand } from "../../host/process/run-command.ts";
import { ActionQueue } from "../action-queue.ts";
import { type CommandTally, createCommandTally, type FailingCommand } from "../command-tally.ts";
import type { Failure } from "../running-action.ts";
import { failureOf } from "../shell-commands.ts";
import { fillArguments } from "./fill-arguments.ts";
import {
  type BanChange,
  type NamedActionOptions,
  readBan,
  type RunningNamedAction,
} from "./named-action.ts";

export interface CommandActionOptions extends NamedActionOptions {
  readonly setting: NamedAction<"command">;
  /** Milliseconds before each further try; 2 s and 10 s by default. */
  readonly waits?: readonly number[];
}

const WAITS: readonly number[] = [2000, 10_000];

export class CommandAction implements RunningNamedAction {
  readonly #options: CommandActionOptions;
  readonly #queue: ActionQueue;
  readonly #tally: CommandTally;
  /** Ends the waits before further tries. */
  readonly #closing = new AbortController();

  constructor(options: CommandActionOptions) {
    const { name, emit, setting } = options;
    this.#options = options;
    this.#queue = new ActionQueue({
      name: `commands of action ${name}`,
      ...{ emit, turn: undefined, parallel: setting.parallel },
    });
    this.#tally = createCommandTally(name);
  }

  onChange(change: BanChange): void {
    const { kind, subject, live } = change;
    const key = `${live.jail.name} ${subject}`;
    if (kind === "extended" || (kind === "unban" && this.#queue.cancel(key))) return;
    const argv = this.#options.setting[kind];
    if (argv === undefined) return;
    this.#queue.push({
      ...{ key, kind: kind === "ban" ? "beginning" : "ending", isFirst: kind === "ban" },
      work: () => this.#run(argv, change),
    });
  }

  failing(): readonly FailingCommand[] {
    return this.#tally.failing();
  }

  async close(): Promise<void> {
    const { signal } = this.#options;
    this.#closing.abort();
    const abandon = (): void => {
      const left = this.#queue.clear("all");
      if (left === 0) return;
      const reason = `the daemon is stopping: ${amount(left, "command")} not run`;
      this.#report({ command: "stop", reason }, undefined, 0);
    };
    signal.addEventListener("abort", abandon, { once: true });
    if (signal.aborted) abandon();
    await this.#queue.settled();
    signal.removeEventListener("abort", abandon);
  }

  async #run(template: readonly string[], change: BanChange): Promise<void> {
    const { book, clock, signal, setting, waits = WAITS } = this.#options;
    const ban = readBan(book, change);
    if (ban === undefined) return;
    const evidence = book.evidence(ban.id);
    const argv = fillArguments(template, { change, ban, evidence, host: hostNames().full });
    const timeoutMilliseconds = setting.timeout;
    const began = clock.monotonic();
    let failure: Failure;
    for (const wait of [0, ...waits]) {
      if (wait > 0 && (await clock.sleep(wait, this.#closing.signal)) === "aborted") break;
      failure = failureOf(
        change.kind,
        await runCommand({ argv, variables: {}, timeoutMilliseconds, signal }),
      );
      this.#tally.note(change.kind, failure, clock.now());
      if (failure === undefined) return;
    }
    this.#report(failure, change, clock.monotonic() - began);
  }

  #report(failure: Failure, change: BanChange | undefined, took: number): void {
    if (failure === undefined) return;
    const { name, emit } = this.#options;
    const about = { jail: change?.live.jail.name, action: name, ip: change?.subject };
    emit({ event: "action-failed", ...about, ...failure, took: duration(took) });
  }
}
