/**
 * Lets one daemon ban in a network namespace: two with different databases would delete each other's bans. The lock
 * belongs to the namespace, and its owner says where its state is.
 */
import type { JailConfig } from "../config/config.ts";
import { CodedError } from "../domain/errors.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { USUAL_TABLE } from "../enforce/nftables.ts";
import { userName } from "../platform/accounts.ts";
import {
  acquireNamespaceLock,
  NAMESPACE_FILE,
  type NamespaceLock,
  type Obstruction,
} from "../platform/namespace-lock.ts";
import { mayChangeFirewall } from "../platform/firewall-right.ts";
import type { Emit } from "../telemetry/events.ts";

export interface BanningPlace {
  /** Of the database. */
  readonly state: string;
  /** Name of the nftables table, when not the usual one. */
  readonly table: string | undefined;
  readonly emit: Emit;
}

export function wantsFirewall(jails: readonly JailConfig[]): boolean {
  return jails.some((jail) => jail.enforcer === "nftables");
}

/** undefined: it may not change the firewall anyway. Fails with who has the lock. */
export async function lockNetwork({
  state,
  table = USUAL_TABLE,
  emit,
}: BanningPlace): Promise<Result<NamespaceLock | undefined, string>> {
  if (mayChangeFirewall() === false) return ok(undefined);
  const locked = await acquireNamespaceLock({
    name: `bailiff inet ${table}`,
    text: `state in ${state}`,
    // There is one in each namespace, so it is for the one table that everybody uses.
    file: table === USUAL_TABLE ? NAMESPACE_FILE : undefined,
  });
  if (locked.ok) {
    reportObstructions(locked.value.obstructions, emit);
    return locked;
  }
  const { pid, text } = locked.error;
  const number = pid === 0 ? "in another container" : `pid ${pid}`;
  const who = [number, text].filter((part) => part !== "").join(", ");
  return fail(`another bailiff (${who}) bans in this network namespace`);
}

/** With every name taken, another bailiff in a container that shares the namespace could not be noticed. */
function reportObstructions(all: readonly Obstruction[], emit: Emit): void {
  const [first] = all;
  if (first === undefined) return;
  const { pid, uid } = first;
  const process = pid === 0 ? "a process in another container" : `pid ${pid}`;
  const holder = `${process} of ${userName(uid) ?? `uid ${uid}`}`;
  const reason = `${holder} listens on the abstract socket by which bailiffs find each other`;
  const fix = "end that process; no program but bailiff uses such a name";
  emit({ event: "lock-obstructed", names: all.length, reason, fix });
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
