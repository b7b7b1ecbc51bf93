/**
 * The daemon in virtual time: the real composition root on a machine that exists in memory (`virtual-ports.ts`), with
 * the real configuration, filters and book. Orders are given as control commands.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, createAnswer } from "../../src/control/answers/answer.ts";
import { type Daemon, openDaemon } from "../../src/daemon/daemon.ts";
import { type Loaded, loadAll } from "../../src/jails/load-all.ts";
import type { BookedBan } from "../../src/domain/ban.ts";
import { splitSubject, type Subject, subjectRange } from "../../src/domain/cidr.ts";
import type { Instant } from "../../src/domain/instant.ts";
import type { LineBatch } from "../../src/domain/line-batch.ts";
import { formatProblem, type Problem } from "../../src/domain/problem.ts";
import { ok, type Result } from "../../src/domain/result.ts";
import { enableLinearRegex } from "../../src/host/linear-regex.ts";
import { EventCounts } from "../../src/telemetry/event-counts.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
// Loaded in advance, because loading on demand takes no virtual time.
import "../../src/health/rule-proposals.ts";
import "../../src/health/canary/verify.ts";
import "../../src/health/drift/message-miner.ts";
import { createVirtualPorts, type VirtualPorts } from "./virtual-ports.ts";

export interface VirtualDaemon extends AsyncDisposable {
  readonly events: readonly TelemetryEvent[];
  /** The running daemon. */
  readonly daemon: Daemon;
  readonly ports: VirtualPorts;
  /** Sends control commands to the running daemon. */
  readonly answer: Answer;
  now(): Instant;
  /** Advances the time; timed work in between happens at its own time. */
  passTo(elapsed: number): Promise<void>;
  /** Steps the wall clock; no time passes. */
  stepClock(step: number): void;
  /** `place`: the log file, `/story` when missing. */
  read(lines: readonly string[], arrival: LineBatch["arrival"], place?: string): Promise<void>;
  /** Restarts the daemon; only the book is kept. `step`: the wall clock is stepped by it in between. */
  restart(step?: number): Promise<void>;
  /** Replaces the configuration and reloads. */
  reload(config: string): ReturnType<Daemon["reload"]>;
  allow(subject: Subject): Promise<void>;
  unban(subject: Subject): Promise<void>;
  bansOf(subject: Subject): readonly BookedBan[];
  /** Whether a block of the enforcer covers the subject. */
  holds(subject: Subject): Promise<boolean>;
  /** Number of offenses that led to no ban because the subject is exempt. */
  ignored(subject: Subject): number;
  count(subject: Subject, jail: string | undefined): number;
  /** Whether such an event was emitted since the last call. Removes it and earlier events. */
  takeEvent(name: string, subject: Subject | undefined): boolean;
  /** Logs a user in from the subject, without a log line. */
  logIn(account: string, subject: Subject): void;
  resetBreaker(): Promise<void>;
}

const WHO = "story";
/** In memory, because a story of days has thousands of commits. */
const MEMORY = "/dev/shm";
const LOG = "/story";

export async function openVirtualDaemon(config: string): Promise<VirtualDaemon> {
  enableLinearRegex();
  const folder = mkdtempSync(
    join(existsSync(MEMORY) ? MEMORY : tmpdir(), `bailiff-story-${process.pid}-`),
  );
  const virtual = new RunningVirtualDaemon(folder);
  try {
    virtual.configure(config);
    await virtual.start();
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return virtual;
}

class RunningVirtualDaemon implements VirtualDaemon {
  readonly events: TelemetryEvent[] = [];
  readonly ports = createVirtualPorts(`file:${LOG}`);
  readonly #folder: string;
  readonly #eventCounts = new EventCounts();
  #daemon: Daemon | undefined;
  #taken = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get daemon(): Daemon {
    assert.ok(this.#daemon !== undefined, "it runs");
    return this.#daemon;
  }

  get answer(): Answer {
    const { clock } = this.ports;
    const { emit } = this.daemon;
    const stop = (): void => assert.fail("a story has no stop");
    return createAnswer(this.daemon, {
      ...{
        version: "0.0.0",
        startedAt: clock.now(),
        clock,
        emit,
        stop,
        recent: () => [],
        eventCounts: this.#eventCounts,
        read: () => this.#load(),
      },
    });
  }

  configure(config: string): void {
    writeFileSync(join(this.#folder, "bailiff.toml"), config);
  }

  async start(): Promise<void> {
    const load = (): Promise<Result<Loaded, readonly Problem[]>> => this.#load();
    const initial = await load();
    assert.ok(initial.ok, initial.ok ? "" : initial.error.map(formatProblem).join("\n"));
    const emit = (event: TelemetryEvent): void => {
      this.events.push(event);
      this.#eventCounts.note(event.event);
    };
    const opened = await openDaemon({ load, emit, ports: this.ports }, initial.value);
    assert.ok(opened.ok, "its jails compile");
    this.#daemon = opened.value;
    await this.daemon.proven;
    await this.daemon.firewall.settled();
  }

  async #load(): Promise<Result<Loaded, readonly Problem[]>> {
    const path = join(this.#folder, "bailiff.toml");
    const loaded = await loadAll({ path, env: {}, uid: 0, findServices: async () => [] });
    if (!loaded.ok) return loaded;
    const { config } = loaded.value;
    const daemon = { ...config.daemon, state: this.#folder };
    return ok({ ...loaded.value, config: { ...config, daemon } });
  }

  async #end(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    this.#daemon = undefined;
    assert.equal(this.ports.clock.pending, 0, "no alarm is left behind");
  }

  now(): Instant {
    return this.ports.clock.now();
  }

  passTo(elapsed: number): Promise<void> {
    return this.ports.clock.passTo(elapsed, () => this.daemon.firewall.settled());
  }

  stepClock(step: number): void {
    this.ports.clock.step(step);
  }

  async read(
    lines: readonly string[],
    arrival: LineBatch["arrival"],
    place: string = LOG,
  ): Promise<void> {
    const text = lines.map((line) => `${line}\n`).join("");
    const batch = { text, fields: undefined, arrival, cursor: undefined };
    await this.ports.log.append(`file:${place}`, batch);
  }

  async restart(step = 0): Promise<void> {
    await this.#end();
    this.ports.clock.step(step);
    await this.start();
  }

  reload(config: string): ReturnType<Daemon["reload"]> {
    this.configure(config);
    return this.daemon.reload(WHO);
  }

  async allow(subject: Subject): Promise<void> {
    await this.answer.allow({ subject }, WHO);
  }

  async unban(subject: Subject): Promise<void> {
    await this.answer.unban({ subjects: [subject], all: false }, WHO);
  }

  bansOf(subject: Subject): readonly BookedBan[] {
    return this.daemon.book.bansOf(subject);
  }

  async holds(subject: Subject): Promise<boolean> {
    const { first, last } = subjectRange(subject);
    const bans = this.bansOf(subject).map((ban) => ban.subject);
    const held = await this.daemon.firewall.count(bans);
    return held.some((block) => {
      const range = subjectRange(block.subject);
      return range.first <= first && range.last >= last;
    });
  }

  ignored(subject: Subject): number {
    const noted = this.daemon.ignored.overlapping(subject);
    return noted.reduce((sum, { offenses }) => sum + offenses, 0);
  }

  count(subject: Subject, name: string | undefined): number {
    const counts = this.daemon.jails
      .filter(({ jail }) => name === undefined || jail.name === name)
      .map(({ jail }) => jail.window.countOf(subject, this.now()));
    return Math.max(0, ...counts);
  }

  takeEvent(name: string, subject: Subject | undefined): boolean {
    const at = this.events.findIndex(
      (event, i) =>
        i >= this.#taken &&
        event.event === name &&
        (subject === undefined || ("ip" in event && event.ip === subject)),
    );
    if (at >= 0) this.#taken = at + 1;
    return at >= 0;
  }

  logIn(account: string, subject: Subject): void {
    const from = splitSubject(subject).ip;
    this.ports.people.push({ kind: "session", account, from, since: this.now(), by: "pts/0" });
  }

  async resetBreaker(): Promise<void> {
    await this.answer.reset_breaker({}, WHO);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true });
  }
}
