/**
 * One daemon bans in a network namespace: two with different databases would delete each other's bans. The lock is the
 * namespace's own, and whoever has it says where its state is.
 */
import type { JailConfig } from "../config/config.ts";
import { CodedError } from "../domain/errors.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { USUAL_TABLE } from "../enforce/nftables.ts";
import { acquireNamespaceLock, type NamespaceLock } from "../platform/namespace-lock.ts";
import { mayChangeFirewall } from "../probe/own-rights.ts";

export interface BanningPlace {
  /** Of the database. */
  readonly state: string;
  /** Name of the nftables table, when not the usual one. */
  readonly table: string | undefined;
}

export function wantsFirewall(jails: readonly JailConfig[]): boolean {
  return jails.some((jail) => jail.enforcer === "nftables");
}

/** undefined: it may not change the firewall anyway. Fails with who has the lock. */
export async function lockNetwork({
  state,
  table = USUAL_TABLE,
}: BanningPlace): Promise<Result<NamespaceLock | undefined, string>> {
  if (mayChangeFirewall() === false) return ok(undefined);
  const locked = await acquireNamespaceLock(`bailiff inet ${table}`, `state in ${state}`);
  if (locked.ok) return locked;
  const { pid, text } = locked.error;
  const number = pid === 0 ? "in another container" : `pid ${pid}`;
  const who = [number, text].filter((part) => part !== "").join(", ");
  return fail(`another bailiff (${who}) bans in this network namespace`);
}

/** At the start: of two daemons the second is refused before it touches anything. */
export async function holdNetwork(
  jails: readonly JailConfig[],
  place: BanningPlace,
): Promise<NamespaceLock | undefined> {
  if (!wantsFirewall(jails)) return undefined;
  const locked = await lockNetwork(place);
  if (locked.ok) return locked.value;
  throw new CodedError("already-running", locked.error, {
    hint: 'stop it first, run this one in another network namespace, or let it only observe: enforcer = "memory"',
  });
}
