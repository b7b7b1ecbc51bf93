/**
 * The daemon's whole path from lines to bans in virtual time: the real configuration and filters, follower, allow-list,
 * book, housekeeping and enforcement, with the enforcer that only remembers and a clock that a story moves.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Allow, createAllow } from "../../src/pipeline/allow/allow.ts";
import { compileJails } from "../../src/jails/compile-jails.ts";
import { createFirewall, type Firewall } from "../../src/firewall/firewall.ts";
import { createGuards, type Guards } from "../../src/pipeline/guards/guards.ts";
import { createLineFollower, type LineFollower } from "../../src/pipeline/follow-lines.ts";
import { createHousekeeping, type Housekeeping } from "../../src/daemon/housekeeping.ts";
import {
  createIgnoredOffenses,
  type IgnoredOffenses,
} from "../../src/pipeline/ignored-offenses.ts";
import type { Jail } from "../../src/jails/jail.ts";
import { createOffenseJudge, type JudgeOptions } from "../../src/pipeline/judge-offenses.ts";
import { liftAllowed } from "../../src/pipeline/allow/lift-allowed.ts";
import { loadAll } from "../../src/jails/load-all.ts";
import { createMemo } from "../../src/record/memo.ts";
import { forgetPardoned } from "../../src/pipeline/pardon.ts";
import { restoreWindows } from "../../src/pipeline/restore-windows.ts";
import { systemPorts } from "../../src/daemon/system-ports.ts";
import type { BookedBan } from "../../src/domain/ban.ts";
import type { BanBook } from "../../src/domain/ban-book.ts";
import type { AlarmClock } from "../../src/domain/clock.ts";
import {
  splitSubject,
  type Subject,
  subjectRange,
  subjectsOverlap,
} from "../../src/domain/cidr.ts";
import { type Duration, duration } from "../../src/domain/duration.ts";
import { type Instant, instant } from "../../src/domain/instant.ts";
import type { LineBatch } from "../../src/domain/line-batch.ts";
import type { Presence } from "../../src/domain/presence.ts";
import { formatProblem } from "../../src/domain/problem.ts";
import { enableLinearRegex } from "../../src/host/linear-regex.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { openBook } from "../../src/record/open-book.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";

export interface VirtualDaemon extends AsyncDisposable {
  readonly events: readonly TelemetryEvent[];
  now(): Instant;
  /** Lets time pass; every ban that ends meanwhile ends at its own moment. */
  passTo(elapsed: number): Promise<void>;
  /** Steps the wall clock; no time passes. */
  stepClock(step: number): void;
  read(lines: readonly string[], arrival: LineBatch["arrival"]): Promise<void>;
  /** Ends and starts again: only the book is left. */
  restart(): Promise<void>;
  allow(subject: Subject): Promise<void>;
  unban(subject: Subject): Promise<void>;
  bansOf(subject: Subject): readonly BookedBan[];
  /** Whether the enforcer holds a block that covers all of it. */
  holds(subject: Subject): Promise<boolean>;
  /** Offenses of it that led to no ban because an entry exempts it. */
  ignored(subject: Subject): number;
  count(subject: Subject, jail: string | undefined): number;
  /** Whether such an event was told since it was last asked for; it and those before it are done with. */
  takeEvent(name: string, subject: Subject | undefined): boolean;
  /** From now on somebody is logged in from there; the log knows nothing of it. */
  logIn(account: string, subject: Subject): void;
  resetBreaker(): void;
}

const BEGINNING = Date.parse("2026-03-02T08:00:00Z");

interface Life extends AsyncDisposable {
  readonly book: BanBook;
  readonly jails: readonly Jail[];
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly guards: Guards;
  readonly housekeeping: Housekeeping;
  readonly follower: LineFollower;
  readonly ignored: IgnoredOffenses;
}

export async function openVirtualDaemon(config: string): Promise<VirtualDaemon> {
  enableLinearRegex();
  const folder = mkdtempSync(join(tmpdir(), `bailiff-story-${process.pid}-`));
  const events: TelemetryEvent[] = [];
  let elapsed = 0;
  let stepped = 0;
  const clock: AlarmClock = {
    ...systemClock,
    now: () => instant(BEGINNING + elapsed + stepped),
    monotonic: () => elapsed,
  };
  const sessions: Presence[] = [];
  let taken = 0;
  let life = await startLife({ folder, config, clock, events, sessions }).catch(
    (error: unknown) => {
      rmSync(folder, { recursive: true });
      throw error;
    },
  );

  async function passTo(target: number): Promise<void> {
    for (;;) {
      const end = life.book.nextExpiry();
      const wait = end === undefined ? Number.POSITIVE_INFINITY : Math.max(0, end - clock.now());
      const { limits } = life.guards;
      const step = limits.limited().length > 0 ? Math.min(wait, 1000) : wait;
      if (elapsed + step > target) break;
      elapsed += step;
      await life.housekeeping.expire();
      limits.release();
      await life.firewall.enforcement.settled();
    }
    elapsed = target;
  }

  async function lift(subject: Subject): Promise<void> {
    const order = { who: "story", reason: "the story says so" };
    for (const ban of life.book.bansOf(subject)) {
      life.book.close({ subject: ban.subject, jail: ban.jail }, order, clock.now());
      forgetPardoned(life.jails, [ban.subject]);
      await life.firewall.enforcement.sync([ban]);
    }
  }

  return {
    events,
    now: () => clock.now(),
    passTo,
    stepClock: (step) => {
      stepped += step;
    },
    read: (lines, arrival) => {
      const text = lines.map((line) => `${line}\n`).join("");
      return life.follower.follow({ text, fields: undefined, arrival, cursor: undefined }, []);
    },
    restart: async () => {
      await life[Symbol.asyncDispose]();
      life = await startLife({ folder, config, clock, events, sessions });
    },
    allow: async (subject) => {
      const entry = { subject, since: clock.now(), who: "story", reason: "" };
      life.book.addAllow([{ ...entry, until: "forever" }]);
      forgetPardoned(life.jails, [subject]);
      refreshAllow(life, clock);
      const names = life.jails.map(({ name }) => name);
      const { book, allow, jails } = life;
      const emit = (event: TelemetryEvent): void => void events.push(event);
      const lifted = liftAllowed({ book, allow, names, jails, now: clock.now(), emit });
      await life.firewall.enforcement.sync(lifted);
    },
    unban: lift,
    bansOf: (subject) => life.book.bansOf(subject),
    holds: async (subject) => {
      const { first, last } = subjectRange(subject);
      const bans = life.book.bansOf(subject);
      const held = await life.firewall.enforcement.count(bans.map((ban) => ban.subject));
      return held.some((block) => {
        const range = subjectRange(block.subject);
        return range.first <= first && range.last >= last;
      });
    },
    ignored: (subject) =>
      life.ignored.overlapping(subject).reduce((sum, { offenses }) => sum + offenses, 0),
    count: (subject, name) =>
      Math.max(
        0,
        ...life.jails
          .filter((jail) => name === undefined || jail.name === name)
          .map((jail) => jail.window.countOf(subject, clock.now())),
      ),
    takeEvent: (name, subject) => {
      const at = events.findIndex(
        (event, i) =>
          i >= taken &&
          event.event === name &&
          (subject === undefined || ("ip" in event && event.ip === subject)),
      );
      if (at >= 0) taken = at + 1;
      return at >= 0;
    },
    logIn: (account, subject) => {
      const { ip } = splitSubject(subject);
      sessions.push({ kind: "session", account, from: ip, since: clock.now(), by: "pts/0" });
    },
    resetBreaker: () => void life.guards.limits.reset({}, "story"),
    [Symbol.asyncDispose]: async () => {
      await life[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

interface Birth {
  readonly folder: string;
  readonly config: string;
  readonly clock: AlarmClock;
  readonly events: TelemetryEvent[];
  readonly sessions: readonly Presence[];
}

async function startLife({ folder, config, clock, events, sessions }: Birth): Promise<Life> {
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const jails = await loadJails(folder, config);
  const year: Duration = duration(365 * 86_400_000);
  const book = openBook({
    path: join(folder, "book.db"),
    clock,
    emit,
    retention: { audit: year, history: year },
  });
  const allow = createAllow({ book, ownAddresses: () => [], resolveName: async () => [], emit });
  const firewall = createFirewall({
    book,
    allow,
    clock,
    emit,
    changed: () => {},
    port: systemPorts().firewall,
    state: folder,
    lock: undefined,
  });
  const { enforcement } = firewall;
  const guards = createGuards({
    book,
    allow,
    clock,
    emit,
    sessions: {
      from: (subject) => sessions.filter(({ from }) => subjectsOverlap(from, subject)),
      isEstablished: () => false,
    },
    ownPeer: () => undefined,
    changed: () => undefined,
  });
  const housekeeping = createHousekeeping({
    book,
    clock,
    emit,
    enforce: (keys) => enforcement.sync(keys),
    clockStepped: (step) => {
      for (const jail of jails) jail.window.shift(step);
      guards.shift(step);
    },
  });
  const watches = jails.map((jail) => ({
    jail,
    source: { kind: "file" as const, files: ["/story"] },
  }));
  const ignored = createIgnoredOffenses(createMemo(book));
  const judging: JudgeOptions = {
    ...{ book, allow, clock, emit, guards, ignored },
    chance: () => 0,
    enforce: (keys) => enforcement.sync(keys),
    stillHeard: () => firewall.stillHeard(),
  };
  const follower = createLineFollower(watches, {
    ...judging,
    localOffset: () => 0,
    checkClock: () => housekeeping.checkClock(),
    where: "story",
  });
  const life: Life = {
    book,
    jails,
    allow,
    firewall,
    guards,
    housekeeping,
    follower,
    ignored,
    [Symbol.asyncDispose]: async () => {
      await housekeeping.close();
      guards.close();
      await firewall.close();
      await book[Symbol.asyncDispose]();
    },
  };
  refreshAllow(life, clock);
  const reached = restoreWindows(jails, book, clock.now());
  await enforcement.reconcile("start");
  await createOffenseJudge(judging).resume(reached);
  housekeeping.begin(async () => undefined);
  return life;
}

function refreshAllow({ allow, jails }: Life, clock: AlarmClock): void {
  const allowances = jails.map(({ name, config }) => ({ ...config, name }));
  allow.rebuild(allowances, clock.now());
}

/** Nothing is dropped in a story, so every jail only remembers its bans. */
async function loadJails(folder: string, config: string): Promise<readonly Jail[]> {
  const path = join(folder, "bailiff.toml");
  writeFileSync(path, config);
  const loaded = await loadAll({ path, env: {}, uid: 0 });
  assert.ok(loaded.ok, loaded.ok ? "" : loaded.error.map(formatProblem).join("\n"));
  const { jails, problems } = compileJails(loaded.value.config.jails, loaded.value, []);
  assert.deepEqual(problems, []);
  return jails.map(({ jail }) => jail);
}
