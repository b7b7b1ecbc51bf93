/**
 * Ensures that only one daemon bans in a network namespace. Two with different databases would delete each other's
 * bans. The lock belongs to the namespace, and its owner reports the path of its state.
 */
import { TABLE_NAME } from "../domain/enforcer.ts";
import { fail, ok } from "../domain/result.ts";
import { userName } from "../host/process/accounts.ts";
import {
  acquireNamespaceLock,
  NAMESPACE_FILE,
  type Obstruction,
} from "../host/kernel/namespace-lock.ts";
import { mayChangeFirewall } from "../host/kernel/firewall-right.ts";
import type { Emit } from "../telemetry/events.ts";
import type { FirewallPort } from "./firewall-port.ts";

export const lockNetwork: FirewallPort["lock"] = async ({ state, emit }) => {
  if (mayChangeFirewall() === false) return ok(undefined);
  const locked = await acquireNamespaceLock({
    name: `bailiff inet ${TABLE_NAME}`,
    text: `state in ${state}`,
    file: NAMESPACE_FILE,
  });
  if (locked.ok) {
    reportObstructions(locked.value.obstructions, emit);
    return locked;
  }
  const { pid, text } = locked.error;
  const number = pid === 0 ? "in another container" : `pid ${pid}`;
  const who = [number, text].filter((part) => part !== "").join(", ");
  return fail(`another bailiff (${who}) bans in this network namespace`);
};

/**
 * Reports other programs that hold the lock's names. If they hold all of them, another bailiff in a container that
 * shares the namespace could not be detected.
 */
function reportObstructions(all: readonly Obstruction[], emit: Emit): void {
  const [first] = all;
  if (first === undefined) return;
  const { pid, uid } = first;
  const process = pid === 0 ? "a process in another container" : `pid ${pid}`;
  const holder = `${process} of ${userName(uid) ?? `uid ${uid}`}`;
  const reason = `${holder} listens on the abstract socket by which bailiffs find each other`;
  const fix = "end that process; only bailiff uses this name";
  emit({ event: "lock-obstructed", names: all.length, reason, fix });
}
