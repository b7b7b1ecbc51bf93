/**
 * Runs the daemon in the foreground: configuration, sockets, signals, systemd, teardown. The first SIGTERM or SIGINT
 * stops it cleanly, a second one immediately; SIGHUP reloads. Bans stay in the firewall.
 */
import { flushCompileCache } from "node:module";
import type { Config } from "../../config/config.ts";
import { type Answer, createAnswer } from "../../control/answers/answer.ts";
import { type ControlServer, openControlServer } from "../../control/server.ts";
import { OBSERVED } from "../../domain/port-scope.ts";
import type { Problem } from "../../domain/problem.ts";
import { ok, type Result } from "../../domain/result.ts";
import { keepShippedFilters } from "../../jails/shipped-filters.ts";
import { keepModules, type ModulesToKeep } from "../../host/process/keep-modules.ts";
import { systemClock } from "../../host/system-clock.ts";
import { sleep } from "../../host/timers.ts";
import type { Emit } from "../../telemetry/events.ts";
import { type Daemon, openDaemon } from "../daemon.ts";
import { DAEMON_MODULES } from "./daemon-modules.ts";
import { type ConfigFiles, createConfigReader } from "./config-reader.ts";
import { type EventOutlets, openEventOutlets } from "./event-outlets.ts";
import { type Ending, handleSignals, raiseAgain } from "./service-signals.ts";
import { openSystemdReports } from "./systemd-reports.ts";

export interface ServiceOptions {
  readonly files: ConfigFiles;
  /** Path of the control socket, instead of the configured one. */
  readonly socket: string | undefined;
  readonly version: string;
  /** Opens the log. */
  readonly openLog: (config: Config) => Emit;
  /** URLs of the program's modules that are imported so far; it grows. */
  readonly loaded: ReadonlySet<string>;
  /** Called when everything is set up and before the first line is read. */
  readonly onStarted: (daemon: Daemon, controlPath: string) => void;
  /** Ends the process when the teardown takes too long. */
  readonly exitStuck: () => never;
}

/** Modules that are kept, so that an upgrade cannot replace them under the running daemon. */
const MODULES: Omit<ModulesToKeep, "loaded"> = {
  ...DAEMON_MODULES,
  loadedPackages: ["commander", "koffi", "smol-toml", "valibot"],
  latePackages: ["toml-eslint-parser", "eslint-visitor-keys"],
};

/**
 * Maximum wait for the first proofs before the service reports ready: a slow proof must not look like a failed start.
 */
const MAX_WAIT_FOR_PROOFS_MS = 10_000;

/**
 * Maximum time of the teardown, so that a hanging part does not delay the machine's shutdown. All state is in the
 * database by then.
 */
const TEARDOWN_TIMEOUT_MS = 5000;

/** Runs until the daemon is stopped, then ends the process by the signal that stopped it. Fails if it cannot start. */
export async function runDaemon(
  options: ServiceOptions,
): Promise<Result<undefined, readonly Problem[]>> {
  const reader = createConfigReader(options.files);
  const first = await reader.load();
  if (!first.ok) return first;
  const config = withSocket(first.value.config, options.socket);
  const outlets = await openEventOutlets(config, options.openLog(config));
  const { emit, compatibility } = outlets;
  // A SIGHUP during the start needs no reload; without a listener the signal would end the process.
  process.on("SIGHUP", () => undefined);
  const systemd = await openSystemdReports(process.env);
  const answer = Promise.withResolvers<Answer>();
  // Opened first, because it proves that no other daemon uses the same state.
  await using control = await openControl(config, answer.promise, outlets);
  const introduce = (daemon: Daemon): void => reportStart(daemon, { options, outlets, control });
  const statesChanged = (daemon: Daemon): void => systemd.reportStatus(daemon);
  const { load } = reader;
  const opened = await openDaemon(
    { load, emit, beforeReading: introduce, onStatesChanged: statesChanged },
    first.value,
  );
  if (!opened.ok) return opened;
  const daemon = opened.value;
  const stopped = Promise.withResolvers<Ending>();
  answer.resolve(
    createAnswer(daemon, {
      ...{ version: options.version, startedAt: systemClock.now(), clock: systemClock },
      ...{ emit: daemon.emit, read: reader.read, recent: () => outlets.feed.recent() },
      eventCounts: outlets.eventCounts,
      stop: ({ unban, who }) => stopped.resolve(stopOrderedBy(who, unban)),
    }),
  );
  await compatibility?.serve(daemon, (who) => stopped.resolve(stopOrderedBy(who, false)));
  handleSignals({ onStop: stopped.resolve, onReload: () => void systemd.reload(daemon) });
  systemd.startWatchdog();
  await untilProven(daemon);
  // Before systemd reports the start: an upgrade may replace the files after that. As late as possible, because it takes
  // longer than many a start.
  keepModules({ ...MODULES, loaded: options.loaded });
  keepShippedFilters();
  systemd.reportReady(daemon);
  // Node writes the cache only at a clean exit, and keeps its 4 MB in memory until then.
  flushCompileCache();
  const ending = await stopped.promise;
  emit({ event: "daemon-stopping", reason: `${ending.reason}; ${fateOfBans(daemon, ending)}` });
  systemd.reportStopping();
  await compatibility?.[Symbol.asyncDispose]();
  await tearDown(daemon, control, { ending, exitStuck: options.exitStuck });
  raiseAgain(ending.signal);
  return ok(undefined);
}

function withSocket(config: Config, socket: string | undefined): Config {
  return socket === undefined ? config : { ...config, daemon: { ...config.daemon, socket } };
}

function openControl(
  { daemon }: Config,
  ready: Promise<Answer>,
  { emit, feed }: EventOutlets,
): Promise<ControlServer> {
  return openControlServer({
    ...{ path: daemon.socket, group: daemon.socket_group, operator: daemon.socket_operator },
    ...{ emit, feed },
    answer: async (command, input, who) => (await ready)[command](input, who),
  });
}

interface Started {
  readonly options: ServiceOptions;
  readonly outlets: EventOutlets;
  readonly control: ControlServer;
}

function reportStart(daemon: Daemon, { options, outlets, control }: Started): void {
  outlets.connect(daemon);
  outlets.emit({
    event: "daemon-started",
    version: options.version,
    jails: daemon.jails.length,
    enforcer: daemon.firewall.summary.name,
  });
  options.onStarted(daemon, control.path);
  outlets.compatibility?.begin(daemon);
}

function stopOrderedBy(who: string, unban: boolean): Ending {
  return { reason: `stop ordered by ${who}`, unban, signal: undefined };
}

async function untilProven(daemon: Daemon): Promise<void> {
  const never = new AbortController().signal;
  await Promise.race([daemon.proven, sleep(MAX_WAIT_FOR_PROOFS_MS, never, "loose")]);
}

function fateOfBans(daemon: Daemon, { unban }: Ending): string {
  if (unban) return "every ban is lifted";
  return isDropping(daemon) ? "bans stay in the firewall" : "nothing was dropped";
}

/** Reports whether the firewall works and a jail uses it. */
function isDropping({ firewall, jails }: Daemon): boolean {
  if (!firewall.summary.isEnforcing) return false;
  return jails.length === 0 || jails.some(({ jail }) => jail.policy.scope !== OBSERVED);
}

async function tearDown(
  daemon: Daemon,
  control: ControlServer,
  { ending, exitStuck }: { readonly ending: Ending; readonly exitStuck: () => never },
): Promise<void> {
  // The administrator's commands have their own time-out, and lines are still read while they run.
  await daemon.closeActions();
  const timeout = setTimeout(exitStuck, TEARDOWN_TIMEOUT_MS);
  if (ending.unban) {
    await daemon.lists.withdraw();
    const order = { who: "daemon", reason: ending.reason };
    await daemon.onBansChanged(daemon.book.close({}, order, systemClock.now()));
  }
  await daemon[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  clearTimeout(timeout);
}
