/** Keeps the allow-lists true: what jails, names, this host and administrators say now; who is allowed is banned no longer. */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import type { BlockKey } from "./enforcement.ts";
import { liftAllowed } from "./lift-allowed.ts";
import type { LiveJail } from "./live-jail.ts";

export interface AllowUpkeepOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly jails: () => readonly LiveJail[];
  readonly bansChanged: (keys: readonly BlockKey[]) => Promise<void>;
}

export interface AllowUpkeep {
  /** Rebuilds the lists; nobody is unbanned yet. */
  refresh(): void;
  /** Unbans whoever is allowed now. */
  lift(): Promise<void>;
  /** Rebuilds, and unbans if somebody is allowed who was not. */
  look(): Promise<void>;
  /** Looks names in ignoreip up again. */
  resolveNames(): Promise<void>;
}

export function createAllowUpkeep(options: AllowUpkeepOptions): AllowUpkeep {
  const { book, allow, clock, emit, jails, bansChanged } = options;

  function refresh(): void {
    const allowances = jails().map(({ jail }) => ({
      name: jail.name,
      ignoreip: jail.config.ignoreip,
    }));
    allow.rebuild(allowances, clock.now());
  }

  function lift(): Promise<void> {
    const names = jails().map(({ jail }) => jail.name);
    return bansChanged(liftAllowed({ book, allow, jails: names, now: clock.now(), emit }));
  }

  return {
    refresh,
    lift,
    async look() {
      const before = allow.door.entries.length;
      refresh();
      if (allow.door.entries.length !== before) await lift();
    },
    async resolveNames() {
      if (await allow.resolveNames(clock.now())) await lift();
    },
  };
}
