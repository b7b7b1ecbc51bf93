/** Who asks for what of which daemon, and the jails that can be asked about. */
import type { Clock } from "../../../domain/clock.ts";
import { CommandError, unknownJail } from "../command-error.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import type { ForeignLog } from "../fail2ban-log.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { BanTally } from "./ban-tally.ts";
import type { Spoken } from "./spoken.ts";

export interface Fail2banAnswerOptions {
  readonly clock: Clock;
  /** What says in fail2ban's words what happens; it may be told to write to another place. */
  readonly log: ForeignLog;
  /** Ends the program after the answer is sent. */
  readonly stop: (who: string) => void;
}

export interface Asking extends Fail2banAnswerOptions {
  readonly daemon: Daemon;
  readonly spoken: Spoken;
  readonly tally: BanTally;
  readonly who: string;
}

/** Also one that is idle, or not started yet. */
export function liveJail({ daemon, spoken }: Asking, name: string): LiveJail | undefined {
  const { idle, unstarted } = spoken.of(daemon.reading);
  return (
    daemon.jails.find(({ jail }) => jail.name === name) ?? idle.get(name) ?? unstarted.get(name)
  );
}

export function requireLive(asking: Asking, name: string): LiveJail {
  const live = liveJail(asking, name);
  if (live === undefined) throw unknownJail(name);
  return live;
}

/** An idle jail counts nothing, and is not to be changed under whoever waits for it. */
export function requireRunning({ daemon, spoken }: Asking, name: string): void {
  const { idle, unstarted } = spoken.of(daemon.reading);
  if (idle.has(name)) throw new CommandError(`jail ${name} is idle: set ${name} idle off first`);
  if (unstarted.has(name))
    throw new CommandError(`jail ${name} is not started: start ${name} first`);
}
