/**
 * One action of one jail with its queue: turns what happens to bans into commands in their order, and says in events what
 * failed. Owns nothing durable: the bans in force are the book's. Bans that the queue has no room for are told when it
 * has, if they are still in force: 100,000 at most, those beyond are dropped and counted by the queue.
 */
import { amount } from "../domain/amount.ts";
import type { ActionSetting } from "../config/kinds/action-setting.ts";
import type { BookedBan } from "../domain/ban.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { splitSubject, type Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { ActionFamily } from "../fail2ban/config/fill-command.ts";
import type { Recapture } from "../parse/filter/recapture.ts";
import type { RunShell } from "../host/process/run-shell.ts";
import { localOffset } from "../host/time-zone.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Jail } from "../jails/jail.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { type ActionQueueOptions, createActionQueue } from "./action-queue.ts";
import { aboutNobody, bantimeOf, type FactSources, factsOf, type KnownBan } from "./ban-facts.ts";
import { createPythonAction } from "./python-action.ts";
import { createCommandTally, type FailingCommand } from "./command-tally.ts";
import type { BanCommand, Failure, RunningAction } from "./running-action.ts";
import { createShellAction } from "./shell-action.ts";

const MOST_LATE = 100_000;

export interface JailActionOptions {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly runShell: RunShell;
  readonly live: CompiledJail;
  readonly setting: ActionSetting;
  readonly turn: ActionQueueOptions["turn"];
  /** The end of all patience: what runs is killed. */
  readonly signal: AbortSignal;
  readonly bannedTotal: () => number;
}

export interface JailAction {
  readonly jail: Jail;
  readonly flushes: boolean;
  failing(): readonly FailingCommand[];
  begin(command: "ban" | "prolong", subject: Subject): void;
  end(subject: Subject): void;
  /** Every ban of the jail has ended. */
  flush(): void;
  /** The configuration says the same of it; its jail may be another object. */
  use(live: CompiledJail, cause: "start" | "reload"): void;
  /** Ends what it did for bans in force, and stops it. */
  close(): Promise<void>;
}

/** Starts it, and tells it of every ban in force. */
export function openJailAction(options: JailActionOptions): JailAction {
  const { book, clock, emit, setting, signal } = options;
  let { jail } = options.live;
  const sources: FactSources = {
    book,
    clock,
    get jail() {
      return jail;
    },
    bannedTotal: options.bannedTotal,
    capture: captureOf(options.live.jail, clock),
  };
  const queue = createActionQueue({
    name: `actions of ${jail.name}: ${setting.name}`,
    emit,
    turn: options.turn,
  });
  const action: RunningAction = createAction(options, sources, (family) => void again(family));
  const tally = createCommandTally(setting.name);
  /** Bans it was told of as they began, while the ones of before are still being told. */
  let fresh: Set<number> | undefined = new Set();
  /** Bans it was not told of yet: there was no room. */
  const late = new Set<Subject>();
  let closing = false;

  function report(failure: Failure, subject: Subject | undefined, took: number): void {
    const about = { jail: jail.name, action: setting.name, ip: subject };
    if (failure === undefined) return;
    const { command, reason } = failure;
    emit({ event: "action-failed", ...about, command, reason, took: duration(took) });
  }

  async function watched(
    work: () => Promise<Failure>,
    subject: Subject | undefined,
  ): Promise<void> {
    const began = clock.monotonic();
    try {
      report(await work(), subject, clock.monotonic() - began);
    } catch (error) {
      // A bug of ours must cost this one command only.
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      emit({ event: "bug", part: `action ${setting.name} of ${jail.name}`, reason });
    }
  }

  function alone(kind: "beginning" | "ending", work: () => Promise<Failure>): void {
    queue.push({ key: undefined, kind, work: () => watched(work, undefined) });
  }

  async function run(command: BanCommand, ban: KnownBan, restored: boolean): Promise<Failure> {
    if (!action.does(command)) return undefined;
    const failure = await action.run(command, factsOf(sources, ban, restored));
    tally.note(command, failure, clock.now());
    return failure;
  }

  function tell(command: BanCommand, ban: KnownBan, restored: boolean): void {
    const work = async (): Promise<Failure> => {
      if (restored && action.norestored) return undefined;
      return run(command, ban, restored);
    };
    const kind = command === "unban" ? "ending" : "beginning";
    queue.push({ key: ban.subject, kind, work: () => watched(work, ban.subject) });
  }

  function tellEnd(subject: Subject): void {
    const work = async (): Promise<Failure> => {
      if (!action.does("unban")) return undefined;
      const past = book.history({ subject, jail: jail.name, limit: 10 });
      const ban = past.find((one) => one.subject === subject);
      return ban === undefined ? undefined : run("unban", ban, false);
    };
    queue.push({ key: subject, kind: "ending", work: () => watched(work, subject) });
  }

  async function eachBan(take: (ban: BookedBan) => void): Promise<void> {
    for (const ban of book.activeBans({ jail: jail.name })) {
      if (signal.aborted) return;
      if (ban.origin !== "canary") take(ban);
      await queue.room();
    }
  }

  async function restore(): Promise<void> {
    await eachBan((ban) => {
      if (!closing && fresh?.has(ban.id) === false) tell("ban", ban, true);
    });
    fresh = undefined;
  }

  function postpone(subject: Subject): void {
    late.add(subject);
    if (late.size === 1) void catchUp();
  }

  async function catchUp(): Promise<void> {
    for (const subject of late) {
      await queue.room();
      // It may have ended meanwhile.
      if (!late.delete(subject)) continue;
      const ban = book.ban(jail.name, subject);
      if (ban !== undefined && !closing) tell("ban", ban, ban.origin === "restored");
    }
  }

  /** It was set up anew, so it holds nothing. */
  async function again(family: ActionFamily): Promise<void> {
    await eachBan((ban) => {
      const own = splitSubject(ban.subject).family === "ipv4" ? "inet4" : "inet6";
      if (!closing && (family === "" || family === own)) tell("reban", ban, true);
    });
  }

  alone("beginning", () => action.start());
  void restore();

  return {
    get jail() {
      return jail;
    },
    get flushes() {
      return action.flushes;
    },
    failing: () => tally.failing(),
    begin(command, subject) {
      const ban = book.ban(jail.name, subject);
      if (ban === undefined || ban.origin === "canary") return;
      fresh?.add(ban.id);
      if (late.has(subject)) return;
      if (command === "ban" && queue.isFull && late.size < MOST_LATE) return postpone(subject);
      // One that was taken over is not news.
      tell(command, ban, command === "ban" && ban.origin === "restored");
    },
    end(subject) {
      if (!late.delete(subject)) tellEnd(subject);
    },
    flush() {
      late.clear();
      alone("ending", () => action.flush());
    },
    use(live, cause) {
      jail = live.jail;
      if (cause === "reload") alone("beginning", () => action.reload());
    },
    async close() {
      closing = true;
      // Those are told again at the next start, if they are still in force.
      late.clear();
      queue.clear("beginning");
      signal.addEventListener("abort", () => giveUp(queue.clear("all")), { once: true });
      if (action.flushes) alone("ending", () => action.flush());
      else if (action.does("unban")) await eachBan((ban) => tell("unban", ban, false));
      alone("ending", () => action.stop());
      await queue.settled();
    },
  };

  function giveUp(left: number): void {
    if (left === 0) return;
    const reason = `the daemon ends: ${amount(left, "command")} not run`;
    report({ command: "stop", reason }, undefined, 0);
  }
}

function createAction(
  { setting, runShell, signal }: JailActionOptions,
  sources: FactSources,
  repaired: (family: ActionFamily) => void,
): RunningAction {
  const { python: path } = setting;
  const { jail } = sources;
  if (path !== undefined)
    return createPythonAction({ setting, path, jail: jail.name, bantime: bantimeOf(jail), signal });
  const nobody = (): ReturnType<typeof aboutNobody> => aboutNobody(sources);
  return createShellAction({ setting, runShell, signal, nobody, repaired });
}

/** Read anew only where a filter has expressions that capture. */
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
