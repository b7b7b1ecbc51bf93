/** Keeps the allow-lists up to date with jails, names, this host and administrators, and unbans what they allow. */
import { stackOf } from "../../domain/thrown-error.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { Duration } from "../../domain/duration.ts";
import type { AddressWatch, watchAddresses } from "../../host/kernel/address-watch.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import type { BlockKey } from "../../firewall/enforcement.ts";
import { liftAllowed } from "./lift-allowed.ts";
import type { RunningConfig } from "../running-config.ts";

export interface AllowUpkeepOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly running: Pick<RunningConfig, "config" | "jails">;
  readonly watchAddresses: typeof watchAddresses;
  readonly bansChanged: (keys: readonly BlockKey[]) => Promise<void>;
}

export interface AllowUpkeep {
  /** Rebuilds the lists, without unbanning. */
  refresh(): void;
  /** Unbans every subject that is allowed now. */
  lift(): Promise<void>;
  /** Rebuilds, and unbans if somebody is allowed who was not. */
  look(): Promise<void>;
  /** Looks whenever this host's addresses change, from now on; where that cannot be known, every look finds them. */
  watchAddresses(): Promise<void>;
  close(): void;
  /** Looks names in ignoreip up again. */
  resolveNames(): Promise<void>;
  /** Waits, for so long at most, until every name has been looked up once; it goes on being looked up after that. */
  awaitNames(longest: Duration): Promise<void>;
}

export function createAllowUpkeep(options: AllowUpkeepOptions): AllowUpkeep {
  const { book, allow, clock, emit, running, bansChanged } = options;

  function refresh(): void {
    const allowances = running.jails.map(({ jail }) => ({
      name: jail.name,
      ignoreip: jail.config.ignoreip,
      nat64_prefixes: jail.config.nat64_prefixes,
    }));
    allow.rebuild(allowances, clock.now(), [{ name: MANUAL, ...running.config.defaults }]);
  }

  function lift(): Promise<void> {
    const banning = running.jails.map(({ jail }) => jail);
    const names = [...banning.map(({ name }) => name), MANUAL];
    const options = { book, allow, names, jails: banning, now: clock.now(), emit };
    return bansChanged(liftAllowed(options));
  }

  /** Everything the lists depend on. */
  function shown(): string {
    const names = [MANUAL, ...running.jails.map(({ jail }) => jail.name)];
    const lists = [allow.door, ...names.map((name) => allow.listOf(name))];
    return lists.map(({ entries }) => entries.map(({ subject }) => subject).join()).join("\n");
  }

  async function look(): Promise<void> {
    const before = shown();
    refresh();
    if (shown() !== before) await lift();
  }

  let looking: Promise<void> | undefined;
  let watch: AddressWatch | undefined;
  let closed = false;

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
    look,
    async watchAddresses() {
      const watching = await options.watchAddresses(() => {
        look().catch((error: unknown) => {
          const reason = stackOf(error);
          emit({ event: "bug", part: "own addresses", reason });
        });
      });
      if (!watching.ok) return;
      watch = watching.value;
      if (closed) watch.close();
    },
    close() {
      closed = true;
      watch?.close();
    },
    resolveNames,
    async awaitNames(longest) {
      if (!allow.awaitsNames) return;
      const over = new AbortController();
      await Promise.race([lookUpAll(), clock.sleep(longest, over.signal, "loose")]);
      over.abort();
    },
  };
}
