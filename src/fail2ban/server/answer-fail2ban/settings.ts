/** Reads and sets global options of fail2ban that have an equivalent in bailiff. */
import { join } from "node:path";
import { formatDuration } from "../../../domain/duration.ts";
import { badValue, CommandError } from "../command-error.ts";
import { isDict, type PickleValue } from "../pickle-value.ts";
import { pythonRepr, pythonText } from "../python-text.ts";
import { readSeconds } from "../../config/read-seconds.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { type Fail2banLog, LOG_LEVELS } from "../fail2ban-log.ts";
import { KEPT_LINES } from "./kept-lines.ts";

export function readSettings(
  daemon: Daemon,
  log: Fail2banLog,
  overrides: ReadonlyMap<string, PickleValue>,
): ReadonlyMap<string, PickleValue> {
  const { state, audit_keep: kept } = daemon.config.daemon;
  return new Map<string, PickleValue>([
    ["loglevel", log.level],
    ["logtarget", log.target],
    ["syslogsocket", "auto"],
    ["allowipv6", "auto"],
    ["thread", new Map([["stacksize", 0]])],
    ["dbfile", join(state, "bailiff.db")],
    ["dbmaxmatches", KEPT_LINES],
    ["dbpurgeage", Math.round(kept / 1000)],
    ...overrides,
  ]);
}

export interface ChangingSettings {
  readonly daemon: Daemon;
  readonly log: Fail2banLog;
  readonly overrides: Map<string, PickleValue>;
}

export function changeSetting(
  { daemon, log, overrides }: ChangingSettings,
  option: string,
  value: PickleValue,
): void {
  const text = pythonText(value);
  switch (option) {
    case "loglevel":
      return setLevel(log, text);
    case "logtarget":
      if (!log.setTarget(text)) throw new CommandError("Failed to change log target");
      return;
    case "syslogsocket":
      if (text === "auto") return;
      throw new CommandError("Failed to change syslog socket");
    case "allowipv6":
      if (!/^(?:auto|yes|true|on|1)$/i.test(text))
        throw new CommandError("addresses of IPv6 are always taken");
      overrides.set(option, text);
      return;
    case "thread":
      if (isDict(value)) return;
      throw new CommandError("a table of settings is expected", "AttributeError");
    case "dbfile":
      if (text === join(daemon.config.daemon.state, "bailiff.db")) return;
      throw new CommandError("Cannot change database when there are jails present", "RuntimeError");
    case "dbmaxmatches":
      if (!(Number(text) >= 0 && Number(text) <= KEPT_LINES))
        throw badValue(`at most ${KEPT_LINES} lines are kept with a ban`);
      overrides.set(option, Number(text));
      return;
  }
  setPurgeAge(daemon, overrides, text);
}

/** Sets dbpurgeage for answers only. A shorter value is accepted, although the daemon keeps history longer. */
function setPurgeAge(daemon: Daemon, overrides: Map<string, PickleValue>, text: string): void {
  const seconds = readSeconds(text);
  if (!seconds.ok || seconds.value < 0) throw badValue(`expected a length such as 2d, not ${text}`);
  const kept = daemon.config.daemon.audit_keep;
  if (seconds.value * 1000 > kept)
    throw badValue(`history is kept for ${formatDuration(kept)}: see audit_keep in [daemon]`);
  overrides.set("dbpurgeage", Math.round(seconds.value));
}

/** Sets the log level by name, or by number as in Python's logging. */
function setLevel(log: Fail2banLog, text: string): void {
  const name = text.toUpperCase();
  const number = LOG_LEVELS.get(name) ?? (/^\d{1,3}$/.test(text) ? Number(text) : undefined);
  if (number === undefined) throw badValue(`Invalid log level ${pythonRepr(name)}`);
  log.setLevel(name, number);
}
