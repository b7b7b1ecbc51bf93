/**
 * Tells people through a web address: notices are gathered for a moment and posted together, and no two posts come
 * closer than the interval. A post that fails is repeated with backoff; the queue is bounded, what it drops is counted
 * and told. Everything happens beside the main path; the address is shown by its host alone.
 *
 * idle: nothing waits. gathering: the first notice came, the alarm is set to when it may be posted. posting. waiting:
 * the post failed, the alarm is set to the next try. Only `schedule` and `flush` change it.
 */
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { readFile } from "node:fs/promises";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { type HttpUrl, parseHttpUrl, showHttpUrl } from "../domain/http-url.ts";
import type { Notifier } from "../domain/notifier.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { createBackoff } from "../host/backoff.ts";
import { createAlarm } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { renderDigest } from "./webhook/digest.ts";
import { createNoticeQueue } from "./webhook/notice-queue.ts";
import { post } from "./webhook/post.ts";

export interface WebhookOptions {
  /** The address, or the file that holds it, read anew for each post. */
  readonly to: { readonly url: HttpUrl } | { readonly file: string };
  readonly interval: Duration;
  readonly host: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Waits between tries; 2 s to 10 min when absent. */
  readonly retry?: { readonly first: Duration; readonly longest: Duration };
  /** How long the first notice waits for others; 2 s when absent. */
  readonly gather?: Duration;
  /** How long the last post may take when the webhook is closed; 2.5 s when absent. */
  readonly lastPost?: Duration;
}

const QUEUE = "webhook notices";
const MOST_AT_ONCE = 50;
const POST_MS = 10_000;
const TELL_EVERY = 20;

export function openWebhook(options: WebhookOptions): Notifier {
  const { clock, emit, interval } = options;
  const gather = options.gather ?? duration(2000);
  const lastPost = options.lastPost ?? duration(2500);
  const queue = createNoticeQueue();
  const backoff = createBackoff(
    options.retry ?? { first: duration(2000), longest: duration(600_000) },
  );
  const alarm = createAlarm(() => void flush(POST_MS));
  let due: number | undefined;
  let posting: Promise<void> | undefined;
  let postedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let closed = false;

  function schedule(wait: number): void {
    if (closed) return;
    due = clock.monotonic() + wait;
    alarm.set(wait);
  }

  function flush(limit: number): Promise<void> {
    due = undefined;
    posting ??= postNext(limit).finally(() => {
      posting = undefined;
    });
    return posting;
  }

  async function postNext(limit: number): Promise<void> {
    const notices = queue.next(MOST_AT_ONCE, clock.monotonic());
    if (notices.length === 0) return;
    const address = await addressOf(options.to);
    if (!address.ok) {
      failed("the webhook", address.error, 0);
      return;
    }
    const url = address.value;
    const end = await post(url, renderDigest(options.host, notices, queue.dropped), limit);
    if (end.kind === "taken") {
      queue.sent(notices);
      backoff.reset();
      failures = 0;
      postedAt = clock.monotonic();
      if (queue.length > 0) schedule(interval);
      return;
    }
    if (!end.retryable) queue.drop(notices);
    failed(showHttpUrl(url), end.reason, end.wait);
  }

  function failed(to: string, reason: string, atLeast: number): void {
    failures++;
    const wait = duration(Math.max(backoff.next(), atLeast));
    const { length: waiting, dropped } = queue;
    // Told when it begins, and again now and then.
    if (failures === 1 || failures % TELL_EVERY === 0 || dropped > 0)
      emit({ event: "notice-failed", to, reason, waiting, dropped, retry_in: wait });
    if (waiting > 0) schedule(wait);
  }

  return {
    queue: QUEUE,
    notify(notice) {
      if (closed) return;
      const dropped = queue.add(notice, clock.monotonic());
      if (dropped > 0 && queue.dropped % TELL_EVERY === 1)
        emit({ event: "queue-overflowed", queue: QUEUE, dropped: queue.dropped });
      if (due !== undefined || posting !== undefined) return;
      schedule(Math.max(gather, postedAt + interval - clock.monotonic()));
    },
    async close() {
      if (closed) return;
      closed = true;
      alarm.clear();
      const late = Promise.withResolvers<void>();
      const limit = createAlarm(late.resolve);
      limit.set(lastPost + 500);
      await Promise.race([
        (posting ?? Promise.resolve()).then(() => flush(lastPost)),
        late.promise,
      ]);
      limit.clear();
    },
  };
}

async function addressOf(to: WebhookOptions["to"]): Promise<Result<HttpUrl, string>> {
  if ("url" in to) return ok(to.url);
  try {
    const url = parseHttpUrl(await readFile(to.file, "utf8"));
    return url === undefined ? fail(`${to.file} holds no http or https address`) : ok(url);
  } catch (error) {
    return fail(`${to.file} cannot be read: ${systemReason(error) ?? reasonOf(error)}`);
  }
}
