/**
 * Deletes expired rows in small transactions, with other work between them, so that a ban never waits long. Stops when
 * the disk fails: deleting can wait, and rows in memory are bounded separately.
 */
import type { FailureRetention } from "../../domain/ban-book.ts";
import type { Duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { nextTurn } from "../../host/timers.ts";
import { KEPT } from "./logins.ts";
import { SESSIONS_KEPT } from "./sessions.ts";
import type { Store } from "../store.ts";
import type { Tables } from "./tables.ts";

/** Number of rows deleted per transaction. */
const BATCH_SIZE = 2000;
/** Failures that are too old for every window are kept for detectors only up to this many in all. */
const MAX_FOR_DETECTORS = 200_000;

export interface PruneOrder {
  readonly store: Store;
  readonly retention: { readonly audit: Duration; readonly history: Duration };
  readonly now: Instant;
  readonly failures: FailureRetention;
}

export async function prune(order: PruneOrder): Promise<void> {
  const { store, retention, now, failures } = order;
  const historyStart = instant(now - retention.history);
  const auditStart = instant(now - retention.audit);
  const steps: readonly ((tables: Tables) => boolean)[] = [
    (tables) => tables.failures.forget(failures.detectors).more,
    (tables) => tables.failures.forgetSurplus(failures.windows, MAX_FOR_DETECTORS),
    (tables) => tables.history.forget(historyStart, BATCH_SIZE) === BATCH_SIZE,
    (tables) => tables.audit.forget(auditStart, BATCH_SIZE) === BATCH_SIZE,
    (tables) => tables.logins.forget(instant(now - KEPT), BATCH_SIZE) === BATCH_SIZE,
    (tables) => {
      tables.cursors.forget(historyStart);
      tables.sessions.forget(instant(now - SESSIONS_KEPT));
      tables.allowList.forget(now);
      tables.pardons.forget(instant(Math.min(historyStart, failures.detectors)));
      return false;
    },
  ];
  for (const step of steps) {
    let more = true;
    while (more && store.saving) {
      more = store.write(step);
      await nextTurn();
    }
  }
  store.checkpoint();
}
