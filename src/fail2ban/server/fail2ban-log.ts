/**
 * Writes a log in fail2ban's format, for its recidive jail, exporters and log shippers. A log that cannot be written is
 * reported once and affects nothing else.
 */
import type { BanBook } from "../../domain/ban-book.ts";
import type { Clock } from "../../domain/clock.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { formatLocal, formatLogLine } from "./log-line.ts";
import { parseNamedOptions } from "../config/named-options.ts";
import { fail2banVersion } from "../config/release.ts";
import { AppendLog } from "../../host/logs/append-log.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { escapeReport, escapeText } from "../../telemetry/escape-text.ts";

export interface Fail2banLog {
  observe(event: TelemetryEvent): void;
  /** Logs the bans of the book once, as restored. */
  useBook(book: BanBook): void;
  /** The name of the level, as it was set. */
  readonly level: string;
  setLevel(name: string, number: number): void;
  /** Path of the log, or the destination of the daemon's own log. */
  readonly target: string;
  /** Changes the target; returns whether that is possible. */
  setTarget(target: string): boolean;
  reopen(): string;
  close(): void;
}

/** Levels of Python's logging, and those that fail2ban adds. */
export const LOG_LEVELS: ReadonlyMap<string, number> = new Map([
  ["CRITICAL", 50],
  ["ERROR", 40],
  ["WARNING", 30],
  ["NOTICE", 25],
  ["INFO", 20],
  ["DEBUG", 10],
  ["TRACEDEBUG", 7],
  ["HEAVYDEBUG", 5],
]);
/** Targets of fail2ban that are not files. All mean the daemon's own log. */
const OWN_LOGS: ReadonlySet<string> = new Set([
  ...["STDERR", "STDOUT", "SYSLOG", "SYSOUT", "SYSTEMD-JOURNAL"],
]);

type Part = "server" | "jail" | "filter" | "actions" | "observer";
type Level = "ERROR" | "WARNING" | "NOTICE" | "INFO";
type Said = readonly [Part, Level, string];

export interface Fail2banLogOptions {
  /** undefined: nothing is written until a client sets a file. */
  readonly path: string | undefined;
  readonly clock: Clock;
  readonly emit: Emit;
}

export function openFail2banLog({ path, clock, emit }: Fail2banLogOptions): Fail2banLog {
  let level = { name: "INFO", number: 20 };
  let target = path ?? "STDERR";
  let log = path === undefined ? undefined : openLog(path, emit);
  let book: BanBook | undefined;

  function say([part, name, text]: Said): void {
    if (log === undefined || (LOG_LEVELS.get(name) ?? 0) < level.number) return;
    const at = clock.now();
    log.write(formatLogLine({ at, name: `fail2ban.${part}`, pid: process.pid, level: name, text }));
  }

  return {
    observe(event) {
      if (log === undefined) return;
      for (const said of linesOf(event, book)) say(said);
    },
    useBook(opened) {
      book = opened;
      if (log === undefined) return;
      for (const { jail, subject, origin } of opened.activeBans({}))
        if (origin !== "canary") say(["actions", "NOTICE", `[${jail}] Restore Ban ${subject}`]);
    },
    get level() {
      return level.name;
    },
    setLevel(name, number) {
      level = { name, number };
    },
    get target() {
      return target;
    },
    setTarget(text) {
      // Ignores the format in `FILE[format="…"]`, because other programs parse the log.
      const parsed = parseNamedOptions(text);
      if (!parsed.ok) return false;
      const wanted = parsed.value.name;
      const isFile = wanted.startsWith("/");
      if (!isFile && !OWN_LOGS.has(wanted.toUpperCase())) return false;
      const opened = isFile ? openLog(wanted, emit) : undefined;
      log?.close();
      log = opened;
      target = isFile ? wanted : wanted.toUpperCase();
      return true;
    },
    reopen() {
      log?.reopen();
      return log === undefined ? "flushed" : "rolled over";
    },
    close() {
      log?.close();
      log = undefined;
    },
  };
}

function openLog(path: string, emit: Emit): AppendLog {
  const failed = (reason: string): void =>
    emit({ event: "compatibility-failed", part: "log", reason });
  return new AppendLog(path, { onFailure: failed });
}

function linesOf(event: TelemetryEvent, book: BanBook | undefined): readonly Said[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- fail2ban has no words for the others
  switch (event.event) {
    case "daemon-started":
      return [
        ["server", "INFO", `Starting Fail2ban v${fail2banVersion()} (bailiff ${event.version})`],
      ];
    case "daemon-stopping":
      return [["server", "INFO", "Shutdown in progress..."]];
    case "config-loaded":
      return [["server", "INFO", "Reload finished."]];
    case "config-refused":
      return event.problems.map((problem) => ["server", "ERROR", escapeReport(problem)]);
    case "jail-started":
      return [["jail", "INFO", `Jail '${event.jail}' started`]];
    case "jail-stopped":
      return [["jail", "INFO", `Jail '${event.jail}' stopped`]];
    case "failure":
      return [["filter", "INFO", `[${event.jail}] Found ${event.ip} - ${formatLocal(event.at)}`]];
    case "ban":
      return event.origin === "canary" ? [] : sayBan(event, book);
    case "ban-extended":
      return countOf(event, book) > 1
        ? [sayIncrease(event, book)]
        : [["actions", "NOTICE", `[${event.jail}] ${event.ip} already banned`]];
    case "unban":
      return [["actions", "NOTICE", `[${event.jail}] Unban ${event.ip}`]];
    case "ignored":
      return [sayIgnored(event)];
    default:
      return [];
  }
}

type BanEvent = TelemetryEvent & { readonly event: "ban" };
type ExtendEvent = TelemetryEvent & { readonly event: "ban-extended" };

function sayBan(event: BanEvent, book: BanBook | undefined): readonly Said[] {
  const { jail, ip, origin } = event;
  const restored = origin === "restored" ? "Restore " : "";
  const ban: Said = ["actions", "NOTICE", `[${jail}] ${restored}Ban ${ip}`];
  return countOf(event, book) > 1 ? [ban, sayIncrease(event, book)] : [ban];
}

function sayIncrease(event: BanEvent | ExtendEvent, book: BanBook | undefined): Said {
  const { jail, ip, until } = event;
  const from = bookedBan(event, book)?.from;
  const length =
    until === "forever" || from === undefined
      ? "permanent -> infinite"
      : `${friendlyLength((until - from) / 1000)} -> ${formatLocal(until)}`;
  const text = `[${jail}] Increase Ban ${ip} (${countOf(event, book)} # ${length})`;
  return ["observer", "NOTICE", text];
}

function countOf(event: BanEvent | ExtendEvent, book: BanBook | undefined): number {
  return (bookedBan(event, book)?.escalation ?? 0) + 1;
}

function bookedBan(
  { jail, ip }: BanEvent | ExtendEvent,
  book: BanBook | undefined,
): ReturnType<BanBook["ban"]> {
  const [name, subject] = [parseJailName(jail), parseSubject(ip)];
  return name === undefined || subject === undefined ? undefined : book?.ban(name, subject);
}

function sayIgnored(event: TelemetryEvent & { readonly event: "ignored" }): Said {
  const { jail, ip, reason } = event;
  if (reason.startsWith("already-banned"))
    return ["actions", "WARNING", `[${jail}] ${ip} already banned`];
  if (reason.startsWith("allow-listed")) return ["filter", "INFO", `[${jail}] Ignore ${ip} by ip`];
  return ["actions", "WARNING", `[${jail}] ${ip} not banned, ${escapeText(reason)}`];
}

/** Units: name, size in seconds, and how many units to show for durations from there on. */
const UNITS = [
  ["y", 31_557_600, 2],
  ["w", 604_800, 3],
  ["d", 86_400, 3],
  ["h", 3600, 2],
  ["m", 60, 2],
  ["s", 1, 1],
] as const;

/** Formats a rounded duration, such as "1d 2h" or "20m". */
function friendlyLength(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => size <= seconds);
  if (first < 0) return "0";
  const said = UNITS.slice(first, first + (UNITS[first]?.[2] ?? 1));
  const smallest = said.at(-1)?.[1] ?? 1;
  let rest = Math.round(seconds / smallest) * smallest;
  return said
    .flatMap(([unit, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [`${count}${unit}`];
    })
    .join(" ");
}
