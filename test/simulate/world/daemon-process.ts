/**
 * One process of the daemon: the real composition root on the simulated machine, from its start to its end. A crash takes
 * a copy of the state folder as it is at that moment; what the process does afterwards has no effect any more.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Answer, createAnswer } from "../../../src/control/answers/answer.ts";
import { type Daemon, openDaemon } from "../../../src/daemon/daemon.ts";
import { formatProblem } from "../../../src/domain/problem.ts";
import { ok } from "../../../src/domain/result.ts";
import { stackOf } from "../../../src/domain/thrown-error.ts";
import { loadAll } from "../../../src/jails/load-all.ts";
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
  /** Uses of ports until it crashes. */
  #usesLeft = Number.POSITIVE_INFINITY;
  #crashCopy: string | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Whether what it does has an effect. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** undefined while it starts. */
  get daemon(): Daemon | undefined {
    return this.#isRunning ? this.#daemon : undefined;
  }

  get answer(): Answer | undefined {
    return this.#isRunning ? this.#answer : undefined;
  }

  /** Where its state was copied to when it crashed. */
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

  /** Counts a use of a port, at which it may crash. */
  onUse(): void {
    if (this.#usesLeft === Number.POSITIVE_INFINITY || --this.#usesLeft > 0) return;
    this.crash();
  }

  crashAfter(uses: number): void {
    this.#usesLeft = uses;
    if (uses === 0) this.crash();
  }

  /** Whether a crash was announced. */
  get isCrashing(): boolean {
    return this.#isRunning && this.#usesLeft < Number.POSITIVE_INFINITY;
  }

  /** Ends immediately. */
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

  /** Ends in order; resolves when it has. */
  async stop(): Promise<void> {
    await this.#dispose();
    this.#isRunning = false;
    this.#options.clock.end();
  }

  /** A crash may come while it stops. */
  #dispose(): Promise<void> {
    this.#disposed ??= this.#opening.then(() => this.#daemon?.[Symbol.asyncDispose]());
    return this.#disposed;
  }

  /** Lets what remains of a crashed process come to its end, without effect. */
  async bury(): Promise<void> {
    await this.#dispose();
    rmSync(this.#options.state, { recursive: true, force: true });
  }

  /** How many alarms and sleeps it has set. */
  get timers(): number {
    return this.#options.clock.pending;
  }
}
