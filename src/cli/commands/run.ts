/**
 * The main job in the foreground: loads the configuration, opens the daemon and its control socket, says what it
 * protects, and runs until it is told to stop. First SIGTERM or SIGINT ends it in order, a second at once; SIGHUP
 * reloads. Bans stay in the firewall when it ends.
 */
import { amount } from "../../domain/amount.ts";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { type Answer, type AnswerOptions, createAnswer } from "../../control/answers/answer.ts";
import { type Daemon, openDaemon } from "../../daemon/daemon.ts";
import type { Compatibility } from "../../fail2ban/server/fail2ban-compatibility.ts";
import { loadAll } from "../../jails/load-all.ts";
import type { Foreign } from "../../jails/load-foreign.ts";
import type { Config } from "../../config/config.ts";
import { type ControlServer, openControlServer } from "../../control/server.ts";
import { OBSERVED } from "../../domain/port-scope.ts";
import { formatProblem } from "../../domain/problem.ts";
import { createEventFeed, type EventFeed } from "../../control/event-feed.ts";
import { keepModules, type ModulesToKeep } from "../../host/process/keep-modules.ts";
import { isJournalStream, writeLine } from "../../host/logs/log-output.ts";
import { openServiceNotifier, type ServiceNotifier } from "../../host/process/sd-notify.ts";
import { sleep } from "../../host/timers.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { limitEvents } from "../../telemetry/limit-events.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { createPrinter } from "../print-event.ts";
import { readVersion } from "../version.ts";

export interface RunOptions {
  /** Also log what is only of interest when looking for a fault. */
  readonly verbose: boolean;
  /** A fail2ban directory whose jails run as well. */
  readonly fail2ban?: string;
}

export async function run(context: CommandContext, options: RunOptions): Promise<ExitCode> {
  const modules = keepModules(OWN_MODULES);
  const uid = process.getuid?.() ?? 0;
  const which = { path: context.config, env: process.env, uid, fail2ban: options.fail2ban };
  let running: Foreign | undefined;
  const read = (): ReturnType<typeof loadAll> => loadAll({ ...which, before: running });
  const load = async (): ReturnType<typeof loadAll> => {
    const loaded = await read();
    if (loaded.ok) running = loaded.value.foreign;
    return loaded;
  };
  const first = await load();
  if (!first.ok) {
    for (const problem of first.error) context.terminal.complain(formatProblem(problem));
    return EXIT.config;
  }
  const config = withSocket(first.value.config, context.socket);
  const version = readVersion();
  const feed = createEventFeed(systemClock);
  const print = createPrinter({ format: config.daemon.log_format, verbose: options.verbose });
  const tellPeople = limitEvents((event) => {
    print(event);
    feed.emit(event);
  }, systemClock);
  let isObserving = (): boolean => false;
  const emit: Emit = (event) => {
    compatibility?.observe(event);
    tellPeople(isObserving() ? asObserved(event) : event);
  };
  const compatibility = await openCompatibility(config, emit);
  // What is being read at this moment needs no reload; without a listener the signal would end the program.
  process.on("SIGHUP", () => undefined);
  const service = await openServiceNotifier(process.env);
  const ending = Promise.withResolvers<Ending>();
  // The socket first: it is the proof that no other daemon works on the same state.
  const answer = Promise.withResolvers<Answer>();
  await using control = await openControl(config, answer.promise, { emit, feed });
  const tell = (daemon: Daemon): void => {
    isObserving = () => daemon.firewallMissing !== undefined;
    introduce(daemon, { version, emit, control });
    compatibility?.begin(daemon);
  };
  const statesChanged = (daemon: Daemon): void => service.notify(`STATUS=${statusLine(daemon)}`);
  const opened = await openDaemon({ load, emit, introduce: tell, statesChanged }, first.value);
  if (!opened.ok) {
    for (const problem of opened.error) context.terminal.complain(formatProblem(problem));
    return EXIT.config;
  }
  const daemon = opened.value;
  const startedAt = systemClock.now();
  const stop: AnswerOptions["stop"] = ({ unban, who }) =>
    ending.resolve({ reason: `stop ordered by ${who}`, unban, signal: undefined });
  const recent = (): ReturnType<EventFeed["recent"]> => feed.recent();
  answer.resolve(
    createAnswer(daemon, {
      ...{ version, startedAt, clock: systemClock, stop, recent, read },
      emit: daemon.emit,
    }),
  );
  await compatibility?.serve(daemon, (who) => stop({ unban: false, who }));
  listenToSignals(daemon, service, ending.resolve);
  const watchdog = startWatchdog(service);
  await Promise.race([
    daemon.proven,
    sleep(READY_WITHIN_MS, new AbortController().signal, "loose"),
  ]);
  // Before anybody takes it for started and replaces the files it was started from.
  modules.serve();
  service.notify(`READY=1\nSTATUS=${statusLine(daemon)}`);
  // Otherwise Node writes the cache at a clean exit only, and holds its contents until then: 4 MB.
  flushCompileCache();
  const end = await ending.promise;
  const bans = end.unban
    ? "every ban is lifted"
    : isDropping(daemon)
      ? "bans stay in the firewall"
      : "nothing was dropped";
  emit({ event: "daemon-stopping", reason: `${end.reason}; ${bans}` });
  service.notify("STOPPING=1");
  clearInterval(watchdog);
  await compatibility?.[Symbol.asyncDispose]();
  await tearDown(daemon, control, end);
  return dieBySignal(end.signal);
}

const OWN_MODULES: ModulesToKeep = {
  folder: join(import.meta.dirname, "../.."),
  loaded: ["commander", "koffi", "smol-toml", "valibot"],
  late: ["toml-eslint-parser", "eslint-visitor-keys"],
};

/** Ready means proven; but a proof that does not come must not look like a start that failed. */
const READY_WITHIN_MS = 10_000;

/** What hangs while closing must not keep a machine from shutting down; what matters is in the database by now. */
const TEAR_DOWN_MS = 5000;

async function tearDown(daemon: Daemon, control: ControlServer, end: Ending): Promise<void> {
  // Commands of the operator's own have their own time, and lines are read on meanwhile.
  await daemon.endActions();
  const late = setTimeout(() => {
    process.stderr.write("bailiff: closing took too long, ending at once\n");
    process.exit(EXIT.software);
  }, TEAR_DOWN_MS);
  if (end.unban) {
    const order = { who: "daemon", reason: end.reason };
    await daemon.bansChanged(daemon.book.close({}, order, systemClock.now()));
  }
  await daemon[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  clearTimeout(late);
}

/** A ban that no firewall holds is what this program would do. */
function asObserved(event: TelemetryEvent): TelemetryEvent {
  return event.event === "ban" || event.event === "ban-extended"
    ? { ...event, observed: true }
    : event;
}

/** Whether there is a firewall, and a jail that uses it. */
function isDropping({ firewallMissing, enforcerName, jails }: Daemon): boolean {
  if (firewallMissing !== undefined || enforcerName === "memory") return false;
  return jails.length === 0 || jails.some(({ jail }) => jail.policy.scope !== OBSERVED);
}

interface Ending {
  readonly reason: string;
  readonly unban: boolean;
  readonly signal: NodeJS.Signals | undefined;
}

function withSocket(config: Config, socket: string | undefined): Config {
  return socket === undefined ? config : { ...config, daemon: { ...config.daemon, socket } };
}

/** Loaded on demand: most hosts have no use for it. */
async function openCompatibility(
  { fail2ban: { socket, log } }: Config,
  emit: Emit,
): Promise<Compatibility | undefined> {
  if (socket === undefined && log === undefined) return undefined;
  const opener = await import("../../fail2ban/server/fail2ban-compatibility.ts");
  return opener.openCompatibility({ socket, log, clock: systemClock, emit });
}

async function openControl(
  { daemon }: Config,
  ready: Promise<Answer>,
  { emit, feed }: { readonly emit: Emit; readonly feed: EventFeed },
): Promise<ControlServer> {
  return openControlServer({
    path: daemon.socket,
    group: daemon.socket_group,
    emit,
    feed,
    answer: async (command, input, who) => (await ready)[command](input, who),
  });
}

/** What a person wants to know first: does it protect, what, how, and if not, what to do. */
function introduce(
  daemon: Daemon,
  { version, emit, control }: { version: string; emit: Emit; control: ControlServer },
): void {
  emit({
    event: "daemon-started",
    version,
    jails: daemon.jails.length,
    enforcer: daemon.enforcerName,
  });
  const { config, firewallMissing } = daemon;
  const say = (text: string): void => writeLine(2, text);
  const { log_format: format } = config.daemon;
  if (format === "json" || format === "journal" || isJournalStream(process.env)) return;
  const from =
    config.files.length === 0
      ? "built-in defaults (no configuration file)"
      : config.files.join(", ");
  say(`         configuration  ${from}`);
  say(
    `         firewall       ${firewallMissing === undefined ? daemon.enforcerName : "NONE, only observing"}`,
  );
  say(`         control        ${control.path} (try: bailiff status)`);
  if (firewallMissing !== undefined) {
    say("         ----------------------------------------------------------------------");
    say(`         NOTHING IS BANNED: ${firewallMissing}`);
    say("         ----------------------------------------------------------------------");
  }
  if (daemon.jails.every(({ search }) => search.source === undefined)) {
    say("         Nothing to watch yet. Watching starts as soon as a log appears.");
    say(
      '         Name a log in /etc/bailiff/bailiff.toml:  [jails.sshd]  source = { file = ["/path/to/log"] }',
    );
    say("         See it work now, in an isolated network:  npm run demo   (as root)");
  }
}

function statusLine(daemon: Daemon): string {
  const judged = daemon.watched().map((jail) => ({
    name: jail.live.jail.name,
    ...daemon.proofs.judge(jail),
  }));
  const trouble = judged.flatMap(({ name, state, reason, cause }) =>
    cause === undefined ? [] : [`${name} ${state}: ${reason}`],
  );
  const protecting = judged.filter(({ state }) => state === "protecting").length;
  return [`${protecting} of ${amount(judged.length, "jail")} protecting`, ...trouble].join("; ");
}

function listenToSignals(
  daemon: Daemon,
  service: ServiceNotifier,
  end: (ending: Ending) => void,
): void {
  let told = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (told) dieBySignal(signal);
      told = true;
      end({ reason: signal, unban: false, signal });
    });
  }
  process.removeAllListeners("SIGHUP");
  process.on("SIGHUP", () => {
    service.notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    void daemon
      .reload("SIGHUP")
      .then(() => service.notify(`READY=1\nSTATUS=${statusLine(daemon)}`));
  });
}

/** Half the time systemd waits: one lost beat is forgiven. */
function startWatchdog(service: ServiceNotifier): NodeJS.Timeout | undefined {
  if (service.watchdogInterval === undefined) return undefined;
  const timer = setInterval(() => service.notify("WATCHDOG=1"), service.watchdogInterval);
  timer.unref();
  return timer;
}

/** Ends by the signal itself, so that the parent process sees the true reason. */
function dieBySignal(signal: NodeJS.Signals | undefined): ExitCode {
  if (signal !== undefined) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  return EXIT.ok;
}
