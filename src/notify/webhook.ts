/**
 * Posts notices to a URL. Collects notices briefly, keeps the interval between posts, and retries a failed post with
 * backoff. The queue is bounded; dropped notices are counted and reported. The main path never waits for it. Only the
 * host of the URL is ever shown.
 *
 * States: idle (no notice waits), collecting (the alarm is set for the next post), posting, retrying (a post failed,
 * and the alarm is set for the retry). Only `#schedule` and `#flush` change the state.
 */
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { readFile } from "node:fs/promises";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { type HttpUrl, parseHttpUrl, showHttpUrl } from "../domain/http-url.ts";
import type { Notice, Notifier } from "../domain/notifier.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { type Backoff, createBackoff } from "../host/backoff.ts";
import { judgePost, post } from "../host/http/post.ts";
import { createAlarm } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { renderDigest } from "./webhook/digest.ts";
import { createNoticeQueue } from "./webhook/notice-queue.ts";

export interface WebhookOptions {
  /** The URL, or the file that contains it, which is read for each post. */
  readonly to: { readonly url: HttpUrl } | { readonly file: string };
  readonly interval: Duration;
  readonly host: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** First and longest wait before a retry; 2 s and 10 min by default. */
  readonly retry?: { readonly first: Duration; readonly longest: Duration };
  /** How long the first notice waits for others; 2 s by default. */
  readonly gather?: Duration;
  /** How long the last post may take when the webhook is closed; 2.5 s by default. */
  readonly lastPost?: Duration;
}

const QUEUE = "webhook notices";
const MAX_NOTICES_PER_POST = 50;
const POST_TIMEOUT_MS = 10_000;
/** Maximum wait that a server may request. */
const MAX_WAIT_MS = 3_600_000;
/** Repeated failures and drops are reported once per this many. */
const REPORT_EVERY = 20;

export class Webhook implements Notifier {
  readonly queue: string = QUEUE;
  readonly #options: WebhookOptions;
  readonly #notices = createNoticeQueue();
  readonly #backoff: Backoff;
  readonly #alarm = createAlarm(() => void this.#flush(POST_TIMEOUT_MS));
  #isScheduled = false;
  #posting: Promise<void> | undefined;
  #postedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #isClosed = false;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#backoff = createBackoff(
      options.retry ?? { first: duration(2000), longest: duration(600_000) },
    );
  }

  notify(notice: Notice): void {
    if (this.#isClosed) return;
    const { clock, emit, interval, gather = duration(2000) } = this.#options;
    const now = clock.monotonic();
    const dropped = this.#notices.add(notice, now);
    const total = this.#notices.dropped;
    if (dropped > 0 && total % REPORT_EVERY === 1)
      emit({ event: "queue-overflowed", queue: QUEUE, dropped: total });
    if (this.#isScheduled || this.#posting !== undefined) return;
    this.#schedule(Math.max(gather, this.#postedAt + interval - now));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#alarm.clear();
    const { lastPost = duration(2500) } = this.#options;
    const late = Promise.withResolvers<void>();
    const limit = createAlarm(late.resolve);
    limit.set(lastPost + 500);
    const flushed = (this.#posting ?? Promise.resolve()).then(() => this.#flush(lastPost));
    await Promise.race([flushed, late.promise]);
    limit.clear();
  }

  #schedule(wait: number): void {
    if (this.#isClosed) return;
    this.#isScheduled = true;
    this.#alarm.set(wait);
  }

  #flush(timeoutMilliseconds: number): Promise<void> {
    this.#isScheduled = false;
    this.#posting ??= this.#postNext(timeoutMilliseconds).finally(() => {
      this.#posting = undefined;
    });
    return this.#posting;
  }

  async #postNext(timeoutMilliseconds: number): Promise<void> {
    const { to, host, interval, clock } = this.#options;
    const notices = this.#notices.next(MAX_NOTICES_PER_POST, clock.monotonic());
    if (notices.length === 0) return;
    const address = await addressOf(to);
    if (!address.ok) return this.#retryLater("the webhook", address.error, 0);
    const url = address.value;
    const body = renderDigest(host, notices, this.#notices.dropped);
    const contentType = "application/json";
    const end = judgePost(
      await post({ url, body, contentType, milliseconds: timeoutMilliseconds }),
    );
    if (end.kind !== "taken") {
      if (!end.retryable) this.#notices.drop(notices);
      return this.#retryLater(showHttpUrl(url), end.reason, Math.min(end.wait, MAX_WAIT_MS));
    }
    this.#notices.sent(notices);
    this.#backoff.reset();
    this.#failures = 0;
    this.#postedAt = clock.monotonic();
    if (this.#notices.length > 0) this.#schedule(interval);
  }

  #retryLater(to: string, reason: string, minWait: number): void {
    this.#failures++;
    const wait = duration(Math.max(this.#backoff.next(), minWait));
    const { length: waiting, dropped } = this.#notices;
    const retry_in = waiting > 0 ? wait : undefined;
    const isReported = this.#failures === 1 || this.#failures % REPORT_EVERY === 0 || dropped > 0;
    if (isReported)
      this.#options.emit({ event: "notice-failed", to, reason, waiting, dropped, retry_in });
    if (waiting > 0) this.#schedule(wait);
  }
}

async function addressOf(to: WebhookOptions["to"]): Promise<Result<HttpUrl, string>> {
  if ("url" in to) return ok(to.url);
  try {
    const url = parseHttpUrl(await readFile(to.file, "utf8"));
    return url === undefined
      ? fail(`${to.file} does not contain an http or https address`)
      : ok(url);
  } catch (error) {
    return fail(`${to.file} cannot be read: ${systemReason(error) ?? reasonOf(error)}`);
  }
}
