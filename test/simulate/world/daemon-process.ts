/**
 * Runs one process of the daemon, from start to end: the real composition root on the simulated machine. A crash copies
 * the state directory at that moment; later actions of the process have no effect.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Answer, createAnswer } from "../../../src/control/answers/answer.ts";
import { type Daemon, openDaemon } from "../../../src/daemon/daemon.ts";
import { formatProblem } from "../../../src/domain/problem.ts";
import { ok } from "../../../src/domain/result.ts";
import { stackOf } from "../../../src/domain/thrown-error.ts";
import { loadAll } from "../../../src/jails/load-all.ts";
import { EventCounts } from "../../../src/telemetry/event-counts.ts";
import type { TelemetryEvent } from "../../../src/telemetry/events.ts";
import type { DaemonPorts } from "../../../src/daemon/daemon-ports.ts";
import type { ProcessClock } from "./clock.ts";

export interface ProcessOptions {
  readonly config: string;
  readonly state: string;
  readonly clock: ProcessClock;
  readonly ports: (process: DaemonProcess) => DaemonPorts;
  readonly onEvent: (event: TelemetryEvent) => void;
  /** Called when it runs, or with the reason why it could not start. */
  readonly onStarted: (failed: string | undefined) => void;
  readonly onCrashed: () => void;
}

const FILES = ["bailiff.db", "bailiff.db-wal"];

export class DaemonProcess {
  readonly #options: ProcessOptions;
  #daemon: Daemon | undefined;
  #answer: Answer | undefined;
  #opening: Promise<void> = Promise.resolve();
  #disposed: Promise<void> | undefined;
  #isRunning = true;
  /** Number of uses of ports until it crashes. */
  #usesLeft = Number.POSITIVE_INFINITY;
  #crashCopy: string | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Whether actions of the process still have an effect. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The daemon; undefined while it starts or after its end. */
  get daemon(): Daemon | undefined {
    return this.#isRunning ? this.#daemon : undefined;
  }

  get answer(): Answer | undefined {
    return this.#isRunning ? this.#answer : undefined;
  }

  /** Path of the copy of its state, made when it crashed. */
  get crashCopy(): string | undefined {
    return this.#crashCopy;
  }

  get state(): string {
    return this.#options.state;
  }

  start(): void {
    this.#opening = this.#open().catch((error: unknown) => this.#options.onStarted(stackOf(error)));
  }

  async #open(): Promise<void> {
    const { onStarted, onEvent } = this.#options;
    const load = () => this.#load();
    const initial = await load();
    if (!initial.ok) return onStarted(initial.error.map(formatProblem).join("\n"));
    const emit = (event: TelemetryEvent): void => {
      this.onUse();
      if (this.#isRunning) onEvent(event);
    };
    const ports = this.#options.ports(this);
    const opened = await openDaemon({ load, emit, ports }, initial.value);
    if (!opened.ok) return onStarted(opened.error.map(formatProblem).join("\n"));
    this.#daemon = opened.value;
    this.#answer = createAnswer(opened.value, {
      ...{ version: "0.0.0", clock: ports.clock, emit, recent: () => [] },
      startedAt: ports.clock.now(),
      eventCounts: new EventCounts(),
      read: load,
      stop: () => undefined,
    });
    if (this.#isRunning) onStarted(undefined);
  }

  async #load(): ReturnType<typeof loadAll> {
    const loaded = await loadAll({ path: this.#options.config, env: {}, uid: 0 });
    if (!loaded.ok) return loaded;
    const { config } = loaded.value;
    const daemon = { ...config.daemon, state: this.#options.state };
    return ok({ ...loaded.value, config: { ...config, daemon } });
  }

  /** Counts a use of a port; the process may crash there. */
  onUse(): void {
    if (this.#usesLeft === Number.POSITIVE_INFINITY || --this.#usesLeft > 0) return;
    this.crash();
  }

  crashAfter(uses: number): void {
    this.#usesLeft = uses;
    if (uses === 0) this.crash();
  }

  /** Whether a crash is scheduled. */
  get isCrashing(): boolean {
    return this.#isRunning && this.#usesLeft < Number.POSITIVE_INFINITY;
  }

  /** Ends the process immediately. */
  crash(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#usesLeft = Number.POSITIVE_INFINITY;
    const { state, clock, onCrashed } = this.#options;
    this.#crashCopy = `${state}+`;
    mkdirSync(this.#crashCopy, { mode: 0o700 });
    for (const file of FILES)
      if (existsSync(join(state, file)))
        copyFileSync(join(state, file), join(this.#crashCopy, file));
    clock.end();
    onCrashed();
  }

  /** Stops the daemon cleanly; resolves when it has ended. */
  async stop(): Promise<void> {
    await this.#dispose();
    this.#isRunning = false;
    this.#options.clock.end();
  }

  /** Disposes the daemon once; a crash may come while it stops. */
  #dispose(): Promise<void> {
    this.#disposed ??= this.#opening.then(() => this.#daemon?.[Symbol.asyncDispose]());
    return this.#disposed;
  }

  /** Lets the code of a crashed process run to its end, without effect. */
  async bury(): Promise<void> {
    await this.#dispose();
    rmSync(this.#options.state, { recursive: true, force: true });
  }

  /** Number of alarms and sleeps that it has set. */
  get timers(): number {
    return this.#options.clock.pending;
  }
}
