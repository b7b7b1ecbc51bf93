/**
 * Simulates the whole machine: executes the steps of a plan, lets time pass, and reports. It reports what truly
 * happened and what the daemon shows.
 */
import { mkdirSync, mkdtempSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { DaemonPorts } from "../../../src/daemon/daemon-ports.ts";
import type { Block } from "../../../src/domain/enforcer.ts";
import type { TelemetryEvent } from "../../../src/telemetry/events.ts";
import { fixedSource, planSources } from "../../../src/pipeline/sources/source-plan.ts";
import type { Happening, JailPolicy } from "../happenings.ts";
import { enterMachine, type Machine } from "../modules/machine.ts";
import type { PlannedLogs } from "../plan/step.ts";
import type { Random } from "../random.ts";
import { WorldClock } from "./clock.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { FileSystem } from "./file-system.ts";
import { formatConfig } from "./format-config.ts";
import { Host } from "./host.ts";
import { Kernel } from "./kernel.ts";
import { LoginBook } from "./login-book.ts";
import { Logs } from "./logs.ts";
import type { HeaderStyle } from "./sshd.ts";

export interface WorldOptions {
  readonly random: Random;
  readonly style: HeaderStyle;
  readonly logs: PlannedLogs;
  readonly zone: number;
  readonly skew: number;
  readonly jails: readonly JailPolicy[];
  readonly onHappening: (happening: Happening) => void;
  readonly onEvent: (event: TelemetryEvent) => void;
  /** Called before the kernel adds a block. */
  readonly onAdd: (block: Pick<Block, "subject" | "scope">) => void;
}

const BEGINNING = Date.parse("2026-03-02T08:00:00Z");
/** Directory for the book in memory, where writes take no disk time. */
const MEMORY = "/dev/shm";
/** Maximum number of event-loop turns within one moment; more means an endless loop. */
const MAX_TURNS = 200_000;
const START_TURNS = 100;

export class World {
  readonly clock: WorldClock = new WorldClock(BEGINNING);
  readonly files: FileSystem = new FileSystem(() => this.clock.wall());
  readonly kernel: Kernel = new Kernel(this.clock);
  readonly host: Host;
  readonly logs: Logs;
  /** undefined: sshd is built without records of logins. */
  readonly logins: LoginBook | undefined;
  isDiskFull = false;
  readonly #options: WorldOptions;
  /** Directory of the configuration and the state, on the real machine. */
  readonly folder: string;
  readonly #config: string;
  #jails: readonly JailPolicy[];
  #process: DaemonProcess | undefined;
  /** Orders of the administrator that are not answered yet. What they change is reported with the answer. */
  readonly orders: Set<object> = new Set();
  /** Settles with the answer to the last order. */
  lastOrder: Promise<unknown> = Promise.resolve();
  /** Orders that a crash left without an answer: the administrator gives them again when the daemon has started. */
  readonly unanswered: (() => void)[] = [];
  #state: string;
  #starts = 0;
  #uses = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#jails = options.jails;
    const base = existsSync(MEMORY) ? MEMORY : tmpdir();
    this.folder = mkdtempSync(join(base, `bailiff-simulation-${process.pid}-`));
    this.#config = join(this.folder, "bailiff.toml");
    this.#state = join(this.folder, "state");
    mkdirSync(this.#state, { mode: 0o700 });
    this.files.makeFolder("/var/log");
    this.host = new Host(this.kernel, options.zone);
    // Records and lines of a relay or of a moving jail come at different times, which no page relates.
    this.logins = options.logs === "file" ? new LoginBook(this.files) : undefined;
    this.logs = new Logs({
      ...{ clock: this.clock, files: this.files, zones: this.host.zones },
      ...{ style: options.style, logs: options.logs, skew: options.skew },
      report: (happening) => this.report(happening),
    });
  }

  /** True time in milliseconds since the beginning. */
  get now(): number {
    return this.clock.elapsed;
  }

  get process(): DaemonProcess | undefined {
    return this.#process;
  }

  /** Policies that a start or reload would use. */
  get jails(): readonly JailPolicy[] {
    return this.#jails;
  }

  set jails(jails: readonly JailPolicy[]) {
    this.#jails = jails;
    writeFileSync(this.#config, formatConfig(jails));
  }

  report(happening: Happening): void {
    this.#options.onHappening(happening);
  }

  onUse(): void {
    this.#uses++;
    this.#process?.onUse();
  }

  /** Starts the daemon. A process with a scheduled crash ends now at the latest. */
  async start(): Promise<void> {
    if (this.#process?.isCrashing === true) {
      this.#process.crash();
      await this.settle();
    }
    if (this.#process !== undefined) return;
    this.jails = this.#jails;
    const clock = this.clock.openFor(() => this.onUse());
    const jails = this.#jails;
    const started: DaemonProcess = new DaemonProcess({
      ...{ config: this.#config, state: this.#state, clock },
      ports: (process) => this.#portsOf(process, clock),
      onEvent: this.#options.onEvent,
      onStarted: (failed) => {
        if (failed !== undefined) throw new Error(`the daemon does not start: ${failed}`);
        this.report({ kind: "started", at: this.now });
        this.report({ kind: "configured", at: this.now, jails });
        for (const giveAgain of this.unanswered.splice(0)) giveAgain();
      },
      onCrashed: () => {
        this.orders.clear();
        this.report({ kind: "crashed", at: this.now });
      },
    });
    this.#process = started;
    this.#starts++;
    enterMachine(this.#machine(clock));
    started.start();
  }

  #machine(clock: Machine["clock"]): Machine {
    const random = this.#options.random.stream(`waits-${this.#starts}`);
    return {
      chance: () => random.next(),
      ...{ clock, files: this.files },
      logLine: (tag, text) => this.logs.logOther(tag, text),
      openJournalctl: (argv, signal) => this.logs.openJournalctl(argv, signal),
      printJournal: (argv) => this.logs.printJournal(argv),
      processorTime: () => this.kernel.processorTime,
      isDiskFull: () => this.isDiskFull,
      onUse: () => this.onUse(),
    };
  }

  #portsOf(process: DaemonProcess, clock: DaemonPorts["clock"]): DaemonPorts {
    const random = this.#options.random.stream(`chance-${this.#starts}`);
    return {
      clock,
      chance: () => random.next(),
      host: this.host.port(),
      sources: {
        find: async ({ jail }) => ({ source: fixedSource(jail.config.source), looked: [] }),
        plan: planSources,
      },
      firewall: this.kernel.portFor({
        clock,
        isRunning: () => process.isRunning,
        onUse: () => this.onUse(),
        onAdd: this.#options.onAdd,
      }),
    };
  }

  /** Stops the daemon cleanly. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined || !process.isRunning) return;
    let isDone = false;
    const stopping = process.stop().finally(() => {
      isDone = true;
    });
    // Lets virtual time pass, because part of the stop waits for timers.
    for (let waited = 0; !isDone && waited < 120; waited++) {
      await this.settle();
      if (!isDone) await this.clock.passTo(this.now + 1000, () => this.settle());
    }
    if (!isDone) throw new Error("the daemon does not stop within two minutes");
    await stopping;
    // The process may have crashed while it stopped.
    if (this.#process !== process) return;
    this.#end();
    this.report({ kind: "stopped", at: this.now });
  }

  /** Removes a crashed process; its state is what was on disk at the crash. */
  async #buryCrashed(process: DaemonProcess): Promise<void> {
    let isDone = false;
    const burying = process.bury().finally(() => {
      isDone = true;
    });
    for (let turn = 0; !isDone && turn < MAX_TURNS; turn++) await setImmediate();
    if (!isDone) throw new Error("what remains of a crashed daemon does not end");
    await burying;
    this.#state = process.crashCopy ?? this.#state;
    this.#end();
  }

  #end(): void {
    this.#process = undefined;
    this.files.closeAll();
  }

  /** Runs everything that needs no virtual time. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; quiet < this.#quietTurns; turn++) {
      if (turn > MAX_TURNS) throw new Error("the daemon never comes to rest");
      const before = this.#uses;
      await setImmediate();
      const delivered = this.files.deliverEvents();
      const isBusy = delivered || this.#uses !== before;
      quiet = isBusy ? 0 : quiet + 1;
    }
    const crashed = this.#process;
    if (crashed?.crashCopy !== undefined) await this.#buryCrashed(crashed);
  }

  /**
   * Number of idle turns after which nothing more happens. A start loads modules and opens the database, which needs
   * more.
   */
  get #quietTurns(): number {
    return this.#process !== undefined && this.#process.daemon === undefined ? START_TURNS : 2;
  }

  async close(): Promise<void> {
    await this.stop();
    enterMachine(undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
