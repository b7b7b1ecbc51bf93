/** Keeps the allow-lists true: what jails, names, this host and administrators say now; who is allowed is banned no longer. */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Duration } from "../domain/duration.ts";
import { sleep } from "../platform/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow, JailAllowance } from "./allow.ts";
import type { BlockKey } from "./enforcement.ts";
import { liftAllowed } from "./lift-allowed.ts";
import type { LiveJail } from "./live-jail.ts";
import { MANUAL } from "./manual-jail.ts";

export interface AllowUpkeepOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly jails: () => readonly LiveJail[];
  /** Of [defaults], for bans that no jail makes. */
  readonly defaults: () => Omit<JailAllowance, "name">;
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
  /** Waits, for so long at most, until every name has been looked up once; it goes on being looked up after that. */
  awaitNames(longest: Duration): Promise<void>;
}

export function createAllowUpkeep(options: AllowUpkeepOptions): AllowUpkeep {
  const { book, allow, clock, emit, jails, defaults, bansChanged } = options;

  function refresh(): void {
    const allowances = jails().map(({ jail }) => ({
      name: jail.name,
      ignoreip: jail.config.ignoreip,
      nat64_prefixes: jail.config.nat64_prefixes,
    }));
    allow.rebuild(allowances, clock.now(), [{ name: MANUAL, ...defaults() }]);
  }

  function lift(): Promise<void> {
    const names = [...jails().map(({ jail }) => jail.name), MANUAL];
    return bansChanged(liftAllowed({ book, allow, jails: names, now: clock.now(), emit }));
  }

  /** Everything the lists depend on. */
  function shown(): string {
    const names = [MANUAL, ...jails().map(({ jail }) => jail.name)];
    const lists = [allow.door, ...names.map((name) => allow.listOf(name))];
    return lists.map(({ entries }) => entries.map(({ subject }) => subject).join()).join("\n");
  }

  let looking: Promise<void> | undefined;

  /** One look-up at a time: a dead server answers no sooner for being asked twice. */
  function resolveNames(): Promise<void> {
    looking ??= allow
      .resolveNames(() => clock.now())
      .then((changed) => (changed ? lift() : undefined))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  /** A look-up that is under way may be of other names. */
  async function lookUpAll(): Promise<void> {
    while (allow.awaitsNames) await resolveNames();
  }

  return {
    refresh,
    lift,
    async look() {
      const before = shown();
      refresh();
      if (shown() !== before) await lift();
    },
    resolveNames,
    async awaitNames(longest) {
      if (!allow.awaitsNames) return;
      await Promise.race([lookUpAll(), sleep(longest, new AbortController().signal, "loose")]);
    },
  };
}
