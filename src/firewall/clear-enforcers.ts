/** Removes everything of bailiff from every enforcer that was ever used here, while no daemon runs. */
import { type Config, usedEnforcers } from "../config/config.ts";
import type { EnforcerConfig } from "../config/enforcers/enforcer-kinds.ts";
import { MEMORY } from "../config/enforcers/memory.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";
import type { Emit } from "../telemetry/events.ts";
import type { FirewallPort } from "./firewall-port.ts";
import { recallEnforcer } from "./recall-enforcer.ts";

export interface ClearOptions {
  readonly config: Config;
  /** undefined: nothing is recorded, so only enforcers of the configuration and the usual one are cleared. */
  readonly book: BanBook | undefined;
  readonly port: Pick<FirewallPort, "open">;
  readonly clock: Clock;
  readonly emit: Emit;
}

export interface Cleared {
  /** The names of the enforcers in which nothing is left. */
  readonly cleared: readonly string[];
  /** Those that may still hold bans, with the reason. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

export async function clearEnforcers(options: ClearOptions): Promise<Cleared> {
  const { config, book } = options;
  const known = book?.knownEnforcers() ?? [];
  const wanted = new Map<string, EnforcerConfig>();
  // The record may be lost, and "auto" names no enforcer, so the usual one is always cleared.
  const usual = config.enforcers.filter(({ name }) => name === "nftables");
  for (const one of [...usual, ...usedEnforcers(config)]) wanted.set(one.place, one);
  for (const one of known) {
    const recalled = recallEnforcer(one);
    if (recalled !== undefined) wanted.set(one.place, recalled);
  }
  const cleared: string[] = [];
  const failed: { readonly name: string; readonly reason: string }[] = [];
  for (const [place, one] of wanted) {
    const reason = await clearOne(one, options);
    if (reason === undefined) {
      cleared.push(one.name);
      noteCleared(place, options);
    } else if (isSuspected(place, options)) failed.push({ name: one.name, reason });
  }
  return { cleared, failed };
}

/**
 * Clears the recorded enforcers of this name, and has the record forget them also if that fails. Returns the reasons of
 * those that failed; undefined: none of this name may hold bans.
 */
export async function forgetEnforcer(
  name: string,
  options: ClearOptions,
): Promise<readonly string[] | undefined> {
  const known = suspectedEnforcers(options.book).filter((one) => one.name === name);
  if (known.length === 0) return undefined;
  const reasons: string[] = [];
  for (const one of known) {
    const config = recallEnforcer(one);
    const reason =
      config === undefined
        ? `this release does not know enforcers of kind ${one.kind}`
        : await clearOne(config, options);
    if (reason !== undefined) reasons.push(reason);
    noteCleared(one.place, options);
  }
  return reasons;
}

/** Returns the recorded enforcers that may hold bans. */
export function suspectedEnforcers(book: BanBook | undefined): readonly KnownEnforcer[] {
  const known = book?.knownEnforcers() ?? [];
  return known.filter(({ kind, clearedAt }) => kind !== MEMORY && clearedAt === undefined);
}

/** Returns why the enforcer could not be cleared; undefined: nothing is left in it. */
async function clearOne(
  config: EnforcerConfig,
  { port, emit }: ClearOptions,
): Promise<string | undefined> {
  // Nothing is added, so it does not matter who is exempt.
  const opened = await port.open({ config, ipv6Prefixes: [], isAllowed: () => true, emit });
  if (!opened.ok) return `${opened.error.reason}: ${opened.error.fix}`;
  const removed = await opened.value.removeAll();
  await opened.value.close();
  return removed.ok ? undefined : removed.error;
}

/** An enforcer that was never used here and cannot be opened holds no ban. */
function isSuspected(place: string, { book }: ClearOptions): boolean {
  return suspectedEnforcers(book).some((one) => one.place === place);
}

function noteCleared(place: string, { book, clock }: ClearOptions): void {
  const known = book?.knownEnforcers().filter((one) => one.place === place) ?? [];
  book?.noteEnforcers(
    known.map((one) => ({ ...one, jails: [], others: false, clearedAt: clock.now() })),
  );
}
