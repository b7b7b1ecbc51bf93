/**
 * The firewall the daemon works with: memory until a real one is wanted and can be opened. Owns the enforcer, what keeps
 * it equal to the book, and the task that watches it.
 */
import type { JailConfig } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { createMemoryEnforcer } from "../enforce/memory.ts";
import { openNftables } from "../enforce/nftables.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import { createEnforcement, type Enforcement } from "./enforcement.ts";
import { splitEnforcer } from "./firewall/split-enforcer.ts";

export interface FirewallOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Called after what is known of the firewall changed. */
  readonly changed: () => void;
  /** Name of the nftables table, when not the usual one. */
  readonly table: string | undefined;
}

export interface Firewall {
  readonly enforcement: Enforcement;
  readonly name: string;
  /** Why nothing is enforced although it should be. */
  readonly missing: string | undefined;
  /** Opens the real firewall when one of these jails wants it and it is not open yet. */
  openFor(jails: readonly JailConfig[]): Promise<void>;
  /** A banned subject goes on failing: looks whether every ban is held, but not again and again for the same noise. */
  stillHeard(): void;
  /** Leaves every ban in the kernel. */
  close(): Promise<void>;
}

const STILL_HEARD_PAUSE_MS = 30_000;

export function createFirewall(options: FirewallOptions): Firewall {
  const { book, allow, clock, emit, changed, table } = options;
  const isAllowed = (subject: Parameters<typeof allow.door.covers>[0]): boolean =>
    allow.door.covers(subject) !== undefined;
  const openMemory = (): Enforcer => createMemoryEnforcer({ isAllowed, clock });
  let enforcer = openMemory();
  let enforcement = createEnforcement({ enforcer, book, clock, emit, changed });
  let missing: string | undefined;
  let watching: Promise<void> = Promise.resolve();
  let stopWatching = new AbortController();
  let heardAt = Number.NEGATIVE_INFINITY;

  async function openFor(jails: readonly JailConfig[]): Promise<void> {
    const wanted = jails.some((jail) => jail.enforcer === "nftables");
    if (!wanted) missing = undefined;
    if (!wanted || enforcer.enforcing) return;
    const ipv6Prefixes = [...new Set(jails.map(({ ipv6_prefix }) => ipv6_prefix))];
    const name = table === undefined ? {} : { table };
    const opened = await openNftables({ ipv6Prefixes, isAllowed, emit, ...name });
    missing = opened.ok ? undefined : opened.error;
    if (opened.ok) await use(splitEnforcer(opened.value, openMemory()));
    else emit({ event: "firewall-unavailable", reason: opened.error });
  }

  async function use(next: Enforcer): Promise<void> {
    await close();
    enforcer = next;
    enforcement = createEnforcement({ enforcer, book, clock, emit, changed });
    stopWatching = new AbortController();
    // Listening begins before the restore, so that nothing done meanwhile goes unseen. Reading need not wait for it.
    watching = enforcement.watch(stopWatching.signal);
    void enforcement.reconcile("start");
  }

  async function close(): Promise<void> {
    stopWatching.abort();
    await watching;
    await enforcement.settled();
    await enforcer.close();
  }

  return {
    get enforcement() {
      return enforcement;
    },
    get name() {
      return enforcer.name;
    },
    get missing() {
      return missing;
    },
    openFor,
    stillHeard() {
      if (clock.monotonic() - heardAt < STILL_HEARD_PAUSE_MS) return;
      heardAt = clock.monotonic();
      void enforcement.reconcile("request");
    },
    close,
  };
}
