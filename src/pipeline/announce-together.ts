/**
 * Announces the changes of one order. Every change is emitted for its consumers (actions, fail2ban's log, tallies). If
 * there are many, each is marked `bulk`, so that users get one line instead of thousands.
 */
import type { BulkChange, Emit, TelemetryEvent } from "../telemetry/events.ts";

/** Maximum number of changes that get a line each, in the log and on the screen. */
export const LISTED_EACH = 10;

export interface Announcer {
  readonly emit: Emit;
  /** Emits the summary; call it when the order is complete. */
  finish(): void;
}

export interface OrderNote {
  readonly emit: Emit;
  readonly who: string;
  readonly reason: string;
}

interface Tally {
  readonly change: BulkChange;
  readonly jail: string | undefined;
  count: number;
}

/** Creates the announcer. `size`: number of addresses in the order. */
export function announceTogether(size: number, { emit, who, reason }: OrderNote): Announcer {
  if (size <= LISTED_EACH) return { emit, finish: () => undefined };
  const tallies = new Map<string, Tally>();
  return {
    emit(event) {
      const marked = markBulk(event);
      emit(marked?.event ?? event);
      if (marked === undefined) return;
      const { change, jail } = marked;
      const key = `${change} ${jail ?? ""}`;
      tallies.getOrInsert(key, { change, jail, count: 0 }).count++;
    },
    finish() {
      for (const { change, jail, count } of tallies.values()) {
        const where = jail === undefined ? {} : { jail };
        emit({ event: "bulk-change", change, ...where, count, reason, who });
      }
    },
  };
}

interface MarkedEvent {
  readonly event: TelemetryEvent;
  readonly change: BulkChange;
  readonly jail: string | undefined;
}

function markBulk(event: TelemetryEvent): MarkedEvent | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others come one at a time
  switch (event.event) {
    case "ban":
      return { event: { ...event, bulk: true }, change: "banned", jail: event.jail };
    case "ban-extended":
      return { event: { ...event, bulk: true }, change: "extended", jail: event.jail };
    case "unban":
      return { event: { ...event, bulk: true }, change: "unbanned", jail: event.jail };
    case "allow-changed": {
      const change = event.change === "added" ? "allowed" : "disallowed";
      return { event: { ...event, bulk: true }, change, jail: undefined };
    }
    default:
      return undefined;
  }
}
