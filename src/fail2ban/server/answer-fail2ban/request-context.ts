/** Defines the context of a request: daemon, runtime overrides, counters and caller. */
import type { Clock } from "../../../domain/clock.ts";
import { CommandError, unknownJail } from "../command-error.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import type { Fail2banLog } from "../fail2ban-log.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { BanTally } from "./ban-tally.ts";
import type { RuntimeOverrides } from "./runtime-overrides.ts";

export interface Fail2banAnswerOptions {
  readonly clock: Clock;
  /** The log in fail2ban's format; clients can change its target. */
  readonly log: Fail2banLog;
  /** Stops the daemon after the answer was sent. */
  readonly stop: (who: string) => void;
}

export interface RequestContext extends Fail2banAnswerOptions {
  readonly daemon: Daemon;
  readonly overrides: RuntimeOverrides;
  readonly tally: BanTally;
  readonly who: string;
}

/** Finds a jail that runs, is idle, or is not started yet. */
export function liveJail(
  { daemon, overrides }: RequestContext,
  name: string,
): LiveJail | undefined {
  const { idle, unstarted } = overrides.of(daemon.reading);
  return (
    daemon.jails.find(({ jail }) => jail.name === name) ?? idle.get(name) ?? unstarted.get(name)
  );
}

export function requireLive(context: RequestContext, name: string): LiveJail {
  const live = liveJail(context, name);
  if (live === undefined) throw unknownJail(name);
  return live;
}

/** Throws if the jail is idle, because an idle jail resumes with its earlier configuration. */
export function requireRunning({ daemon, overrides }: RequestContext, name: string): void {
  const { idle, unstarted } = overrides.of(daemon.reading);
  if (idle.has(name)) throw new CommandError(`jail ${name} is idle: set ${name} idle off first`);
  if (unstarted.has(name))
    throw new CommandError(`jail ${name} is not started: start ${name} first`);
}
