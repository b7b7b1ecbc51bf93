/**
 * Finds a jail that is configured or has bans. The latter are jails of old configurations, and the jail of manual bans.
 */
import { type JailName, MANUAL, parseJailName } from "../../domain/jail-name.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { requireJail } from "./describe-status.ts";

/**
 * Reports whether a request includes manual bans, which belong to no configured jail: if it names no jail, or theirs.
 */
export function isManual(text: string | undefined): text is typeof MANUAL | undefined {
  return text === undefined || text === MANUAL;
}

export function requireKnownJail(daemon: Daemon, text: string): JailName {
  const name = parseJailName(text);
  const left = name !== undefined && (text === MANUAL || daemon.book.countBans().has(name));
  const past = name !== undefined && daemon.book.history({ jail: name, limit: 1 }).length > 0;
  return name !== undefined && (left || past) ? name : requireJail(daemon, text).jail.name;
}
