/**
 * Converts changes of bans to ordered commands of one action, and reports failures as events. The book, not this
 * object, has the current bans. Bans that do not fit into the queue are postponed, at most 100,000, and run if they are
 * still in force; the queue drops and counts any beyond that.
 */
import { amount } from "../domain/amount.ts";
import { stackOf } from "../domain/thrown-error.ts";
import type { ActionSetting } from "../config/kinds/shell-action-setting.ts";
import type { BookedBan } from "../domain/ban.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { ActionFamily } from "../fail2ban/config/fill-command.ts";
import type { Recapture } from "../parse/filter/recapture.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import { localOffset } from "../host/time-zone.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Jail } from "../jails/jail.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { type ActionQueueOptions, ActionQueue } from "./action-queue.ts";
import { bantimeOf, type FactSources, factsOf, factsOfJail, type KnownBan } from "./ban-facts.ts";
import { type BanFacts, familyOfSubject } from "./ban-tags.ts";
import { PythonAction } from "./python-action.ts";
import { type CommandTally, createCommandTally, type FailingCommand } from "./command-tally.ts";
import { PostponedBans } from "./postponed-bans.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";
import { ShellAction } from "./shell-action.ts";

export interface JailActionOptions {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly runShell: RunShell;
  readonly live: CompiledJail;
  readonly setting: ActionSetting;
  readonly turn: ActionQueueOptions["turn"];
  /** Kills the running command when closing takes too long. */
  readonly signal: AbortSignal;
  readonly bannedTotal: () => number;
}

export interface JailAction {
  readonly jail: Jail;
  readonly flushes: boolean;
  failing(): readonly FailingCommand[];
  begin(command: "ban" | "prolong", subject: Subject): void;
  end(subject: Subject): void;
  /** Notes that every ban of the jail has ended. */
  flush(): void;
  /** Continues after a reload with the same action settings; the jail may be a new object. */
  use(live: CompiledJail, cause: "start" | "reload"): void;
  /** Unbans every address, and stops the action. */
  close(): Promise<void>;
}

/** Opens the action, which runs its commands for every ban in force. */
export function openJailAction(options: JailActionOptions): JailAction {
  const action = new QueuedJailAction(options);
  action.start();
  return action;
}

class QueuedJailAction implements JailAction {
  readonly #options: JailActionOptions;
  readonly #queue: ActionQueue;
  readonly #action: RunningAction;
  readonly #tally: CommandTally;
  readonly #sources: FactSources;
  #jail: Jail;
  /** Ids of bans that began while bans in force are being requested; undefined afterwards. */
  #begunWhileRestoring: Set<number> | undefined = new Set();
  readonly #postponed: PostponedBans;
  #isClosing = false;

  constructor(options: JailActionOptions) {
    const { book, clock, emit, live, setting, turn, bannedTotal } = options;
    this.#options = options;
    this.#jail = live.jail;
    this.#sources = {
      ...{ book, clock, bannedTotal },
      jail: () => this.#jail,
      capture: captureOf(live.jail, clock),
    };
    const name = `actions of ${live.jail.name}: ${setting.name}`;
    this.#queue = new ActionQueue({ name, emit, turn });
    this.#action = createAction(options, this.#sources, (family) => void this.#banAgain(family));
    this.#tally = createCommandTally(setting.name);
    this.#postponed = new PostponedBans({
      ...{ queue: this.#queue, signal: options.signal },
      pushBan: (subject) => this.#pushPostponed(subject),
      pushEnd: (subject) => this.#pushEnd(subject),
    });
  }

  get jail(): Jail {
    return this.#jail;
  }

  get flushes(): boolean {
    return this.#action.flushes;
  }

  failing(): readonly FailingCommand[] {
    return this.#tally.failing();
  }

  start(): void {
    this.#pushExclusive("beginning", () => this.#action.start());
    void this.#restoreBans();
  }

  begin(command: "ban" | "prolong", subject: Subject): void {
    const ban = this.#options.book.ban(this.#jail.name, subject);
    if (ban === undefined || ban.origin === "canary") return;
    this.#begunWhileRestoring?.add(ban.id);
    if (this.#postponed.hasBan(subject)) return;
    if (command === "ban" && this.#postponed.takeBan(subject)) return;
    // A ban from another program is marked as restored, so that no action announces it as new.
    this.#pushBan(command, ban, command === "ban" && ban.origin === "restored");
  }

  end(subject: Subject): void {
    // A ban whose command has not run yet needs no unban command.
    if (this.#postponed.removeBan(subject) || this.#queue.cancel(subject)) return;
    this.#postponed.pushEnd(subject);
  }

  flush(): void {
    this.#postponed.clear();
    this.#queue.cancelAll();
    this.#pushExclusive("ending", () => this.#action.flush());
  }

  use(live: CompiledJail, cause: "start" | "reload"): void {
    this.#jail = live.jail;
    if (cause === "reload") this.#pushExclusive("beginning", () => this.#action.reload());
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    // Bans that are still in force are requested at the next start.
    this.#postponed.clearBans();
    this.#queue.clear("beginning");
    const { book, signal } = this.#options;
    let unended = 0;
    const abandon = (): void => this.#abandonQueue(unended);
    signal.addEventListener("abort", abandon, { once: true });
    if (this.#action.flushes) this.#pushExclusive("ending", () => this.#action.flush());
    else if (this.#action.does("unban")) {
      await this.#postponed.drain();
      unended = book.countBans().get(this.#jail.name) ?? 0;
      await this.#forEachBan((ban) => {
        unended--;
        this.#pushBan("unban", ban, false);
      });
    }
    this.#pushExclusive("ending", () => this.#action.stop());
    await this.#queue.settled();
  }

  /** Queues a command for the action as a whole. */
  #pushExclusive(kind: "beginning" | "ending", work: () => Promise<Failure>): void {
    this.#queue.push({ key: undefined, kind, work: () => this.#runReported(work, undefined) });
  }

  #pushBan(command: BanCommand, ban: KnownBan, isRestored: boolean): void {
    const work = async (): Promise<Failure> => {
      if (isRestored && this.#action.norestored) return undefined;
      return this.#runCommand(command, ban, isRestored);
    };
    const kind = command === "unban" ? "ending" : "beginning";
    const { subject } = ban;
    this.#queue.push({
      ...{ key: subject, kind, isFirst: command === "ban" },
      work: () => this.#runReported(work, subject),
    });
  }

  #pushEnd(subject: Subject): void {
    const work = async (): Promise<Failure> => {
      if (!this.#action.does("unban")) return undefined;
      const { book } = this.#options;
      const past = book.history({ subject, jail: this.#jail.name, limit: 10 });
      const ban = past.find((one) => one.subject === subject);
      return ban === undefined ? undefined : this.#runCommand("unban", ban, false);
    };
    this.#queue.push({
      key: subject,
      kind: "ending",
      work: () => this.#runReported(work, subject),
    });
  }

  async #runCommand(command: BanCommand, ban: KnownBan, isRestored: boolean): Promise<Failure> {
    if (!this.#action.does(command)) return undefined;
    const failure = await this.#action.run(command, factsOf(this.#sources, ban, isRestored));
    this.#tally.note(command, failure, this.#options.clock.now());
    return failure;
  }

  async #runReported(work: () => Promise<Failure>, subject: Subject | undefined): Promise<void> {
    const { clock, emit, setting } = this.#options;
    const began = clock.monotonic();
    try {
      this.#report(await work(), subject, clock.monotonic() - began);
    } catch (error) {
      // Reports a bug, which then affects only this command.
      const part = `action ${setting.name} of ${this.#jail.name}`;
      emit({ event: "bug", part, reason: stackOf(error) });
    }
  }

  #report(failure: Failure, subject: Subject | undefined, took: number): void {
    if (failure === undefined) return;
    const { emit, setting } = this.#options;
    const about = { jail: this.#jail.name, action: setting.name, ip: subject };
    const { command, reason } = failure;
    emit({ event: "action-failed", ...about, command, reason, took: duration(took) });
  }

  async #forEachBan(take: (ban: BookedBan) => void): Promise<void> {
    const { book, signal } = this.#options;
    for (const ban of book.activeBans({ jail: this.#jail.name })) {
      if (signal.aborted) return;
      // The ban may have ended in the meantime.
      const isInForce = book.ban(ban.jail, ban.subject)?.id === ban.id;
      if (isInForce && ban.origin !== "canary") take(ban);
      await this.#queue.room();
    }
  }

  async #restoreBans(): Promise<void> {
    await this.#forEachBan((ban) => {
      if (!this.#isClosing && this.#begunWhileRestoring?.has(ban.id) === false)
        this.#pushBan("ban", ban, true);
    });
    this.#begunWhileRestoring = undefined;
  }

  #pushPostponed(subject: Subject): void {
    const ban = this.#options.book.ban(this.#jail.name, subject);
    if (ban !== undefined && !this.#isClosing) this.#pushBan("ban", ban, ban.origin === "restored");
  }

  /** Requests the bans of an address family again, after a repair lost them. */
  async #banAgain(family: ActionFamily): Promise<void> {
    await this.#forEachBan((ban) => {
      const banFamily = familyOfSubject(ban.subject);
      if (!this.#isClosing && (family === "" || family === banFamily))
        this.#pushBan("reban", ban, true);
    });
  }

  /** Drops queued commands, and reports how many. `unended`: bans in force without a queued end. */
  #abandonQueue(unended: number): void {
    const left = this.#queue.clear("all") + this.#postponed.ends + unended;
    if (left === 0) return;
    const reason = `the daemon is stopping: ${amount(left, "command")} not run`;
    this.#report({ command: "stop", reason }, undefined, 0);
  }
}

function createAction(
  { setting, runShell, signal }: JailActionOptions,
  sources: FactSources,
  onRepaired: (family: ActionFamily) => void,
): RunningAction {
  const { python: path } = setting;
  const jail = sources.jail();
  if (path !== undefined)
    return new PythonAction({ setting, path, jail: jail.name, bantime: bantimeOf(jail), signal });
  const factsWithoutBan = (): BanFacts => factsOfJail(sources);
  return new ShellAction({ setting, runShell, signal, factsWithoutBan, onRepaired });
}

/** Returns a function that matches the lines of a ban again, for filters that capture further fields. */
function captureOf({ filter, config }: Jail, clock: Clock): FactSources["capture"] {
  const { createRecapture } = filter;
  if (createRecapture === undefined) return () => new Map();
  const { source } = config;
  const matches = source.kind === "journal" ? source.matches.flat() : [];
  const journalPrograms = matches.flatMap((match) => {
    const [field, value = ""] = match.split("=", 2);
    if (field === "_COMM" || field === "SYSLOG_IDENTIFIER") return [value];
    return field === "_SYSTEMD_UNIT" ? [value.replace(/(?:@.*)?\.service$/, "")] : [];
  });
  let recapture: Recapture | undefined;
  return (lines) => {
    recapture ??= createRecapture({ localOffset, journalPrograms, now: () => clock.now() });
    return recapture(lines);
  };
}
