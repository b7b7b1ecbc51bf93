/**
 * Keeps the newest repairs of the firewall. One change by a unit often takes several transactions (nftables.service
 * flushes when it stops and again when it starts): they are merged.
 */
import { type Instant } from "../domain/instant.ts";
import { KEPT_REPAIRS, type Repair } from "./repair-tally.ts";

export interface RepairLog {
  note(repair: Repair): void;
  /** Returns repairs, oldest first. */
  list(): readonly Repair[];
}

const ONE_CHANGE_MS = 5000;

/** Returns whether a change belongs to the one before. */
export function isSameChange(
  last: Pick<Repair, "by" | "at"> | undefined,
  { by, at }: Pick<Repair, "by" | "at">,
): boolean {
  const unit = by?.unit;
  if (last === undefined || unit === undefined || last.by?.unit !== unit) return false;
  return unit.endsWith(".service") && isWithin(last.at, at);
}

export function createRepairLog(): RepairLog {
  const repairs: Repair[] = [];

  return {
    note(repair) {
      const last = repairs.at(-1);
      if (last !== undefined && isSameChange(last, repair)) {
        const missing = Math.max(last.missing, repair.missing);
        const structure = last.structure || repair.structure;
        // Keep the time of the first change, so that a service that restarts every few seconds is not one long change.
        repairs[repairs.length - 1] = { ...repair, at: last.at, missing, structure };
        return;
      }
      repairs.push(repair);
      if (repairs.length > KEPT_REPAIRS) repairs.shift();
    },
    list: () => repairs,
  };
}

function isWithin(first: Instant, second: Instant): boolean {
  return second >= first && second - first <= ONE_CHANGE_MS;
}
