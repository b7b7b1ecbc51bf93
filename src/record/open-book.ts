/** Opens the book. Accepts any file: a damaged one is set aside, and on a full disk the book continues in memory. */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Emit } from "../telemetry/events.ts";
import { Book } from "./book.ts";
import { createEnforcerViews } from "./tables/enforcer-views.ts";
import { Store } from "./store.ts";

export interface OpenBookOptions {
  /** Path of the file (its folder is created), or ":memory:" for a book that ends with the daemon. */
  readonly path: string;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly retention?: { readonly audit: Duration; readonly history: Duration };
  /** Maximum number of unconsumed failures; default: 1,000,000. */
  readonly failureBound?: number;
  /** Waits between attempts to save what the disk refused. */
  readonly retry?: { readonly first: Duration; readonly longest: Duration };
}

const YEAR: Duration = duration(365 * 86_400_000);

export function openBook(options: OpenBookOptions): BanBook {
  const { path, clock, emit } = options;
  const retry = options.retry ?? { first: duration(500), longest: duration(30_000) };
  const views = createEnforcerViews();
  const store = new Store({ path, views, clock, emit, retry });
  return new Book({
    store,
    views,
    clock,
    emit,
    retention: options.retention ?? { audit: YEAR, history: YEAR },
    failureBound: options.failureBound ?? 1_000_000,
  });
}
