/** Tracks whether deliveries of one action fail for long enough to be shown. */
import type { Duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Delivery } from "./delivery-queue.ts";

export interface FailingDelivery {
  readonly action: string;
  readonly since: Instant;
  /** Number of failures in a row. */
  readonly failures: number;
  readonly reason: string;
  readonly at: Instant;
  readonly fix: string;
}

export interface DeliveryTallyOptions {
  readonly action: string;
  /** How long deliveries must fail before they are shown; a refusal is shown immediately. */
  readonly grace: Duration;
  readonly fix: string;
}

/** A streak of failures. */
interface Streak {
  readonly since: Instant;
  readonly at: Instant;
  readonly failures: number;
  readonly reason: string;
  readonly isRefusal: boolean;
}

const MIN_FAILURES = 3;
/** Failures in a row are reported once per this many. */
const REPORT_EVERY = 20;

export class DeliveryTally {
  readonly #options: DeliveryTallyOptions;
  #streak: Streak | undefined;

  constructor(options: DeliveryTallyOptions) {
    this.#options = options;
  }

  /** Returns the reason if this failure should be reported as an event: the first one of a streak, and some later. */
  note(delivery: Delivery, at: Instant): string | undefined {
    if (delivery.kind === "skipped" || delivery.kind === "paused") return undefined;
    if (delivery.kind === "done") {
      this.#streak = undefined;
      return undefined;
    }
    const { reason, kind } = delivery;
    const failures = (this.#streak?.failures ?? 0) + 1;
    const since = this.#streak?.since ?? at;
    this.#streak = { since, at, failures, reason, isRefusal: kind === "refused" };
    return failures % REPORT_EVERY === 1 ? reason : undefined;
  }

  failing(now: Instant): readonly FailingDelivery[] {
    if (this.#streak === undefined) return [];
    const { isRefusal, ...streak } = this.#streak;
    const { action, grace, fix } = this.#options;
    const isLong = streak.failures >= MIN_FAILURES && now - streak.since >= grace;
    return isRefusal || isLong ? [{ action, fix, ...streak }] : [];
  }
}
