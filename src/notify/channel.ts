/**
 * Delivers notices to one channel. Collects notices briefly, keeps the interval between messages, and retries a failed
 * message with backoff. The queue is bounded and survives a restart; dropped notices are counted and reported. The main
 * path never waits for it.
 *
 * States: idle (no notice waits), waiting (the alarm is set for the next message or the retry of a failed one), sending.
 * Only `#wakeFor` and `#flush` change the state.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ChannelConfig } from "../config/channels/channel-kinds.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { Notice, Notifier } from "../domain/notifier.ts";
import { type Backoff, createBackoff } from "../host/backoff.ts";
import { createAlarm } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { createNoticeQueue } from "./channel/notice-queue.ts";
import { createQueueState, type NoticeStore } from "./channel/queue-state.ts";
import { type Release, releaseNotices } from "./channel/release-notices.ts";
import { type Delivery, sendMessage } from "./send-message.ts";
import type { Message } from "./services/service.ts";
import { SERVICES } from "./services/services.ts";

export interface ChannelOptions {
  readonly config: ChannelConfig;
  readonly host: string;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly store: NoticeStore;
  /** First and longest wait before a retry; 2 s and 10 min by default. */
  readonly retry?: { readonly first: Duration; readonly longest: Duration };
  /** How long the first notice waits for others; 2 s by default. */
  readonly gather?: Duration;
  /** How long the last message may take when the channel is closed; 2.5 s by default. */
  readonly lastPost?: Duration;
}

/** What is waiting, and why it is not sent. */
export interface ChannelStatus {
  readonly name: string;
  readonly waiting: number;
  /** Undefined: the last message was accepted, or none was sent yet. */
  readonly trouble: ChannelTrouble | undefined;
}

interface ChannelTrouble {
  /** When the first message after the last accepted one failed. */
  readonly since: Instant;
  readonly reason: string;
}

const MAX_NOTICES_PER_MESSAGE = 50;
/** Time limit of a request. */
const TIMEOUT_MS = 10_000;
/** Wait between messages with one notice each. */
const SINGLE_INTERVAL_MS = 1000;
/** Maximum wait that a service may request. */
const MAX_WAIT_MS = 3_600_000;
/** Repeated failures and drops are reported once per this many. */
const REPORT_EVERY = 20;

export class Channel implements Notifier {
  readonly queue: string;
  readonly #options: ChannelOptions;
  readonly #notices = createNoticeQueue();
  readonly #state: ReturnType<typeof createQueueState>;
  readonly #backoff: Backoff;
  readonly #alarm = createAlarm(() => void this.#flush(this.#timeout));
  #config: ChannelConfig;
  /** When the alarm rings, by the monotonic clock; undefined: it is not set. */
  #wakeAt: number | undefined;
  /** No message is sent before: the interval, or the wait before a retry. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #trouble: ChannelTrouble | undefined;
  /** Recipients whom the last message did not reach. */
  #refused: string | undefined;
  #isClosed = false;

  /** Continues with the notices that waited at the last stop. */
  constructor(options: ChannelOptions) {
    const { config, clock, store } = options;
    this.#options = options;
    this.#config = config;
    this.queue = `${config.name} notices`;
    this.#backoff = createBackoff(
      options.retry ?? { first: duration(2000), longest: duration(600_000) },
    );
    this.#state = createQueueState({
      name: config.name,
      store,
      list: () => this.#notices.list.map(({ notice }) => notice),
    });
    const age = clock.now() - clock.monotonic();
    for (const notice of this.#state.restored) this.#notices.add(notice, notice.at - age);
    this.#wakeFor(this.#gather);
  }

  get config(): ChannelConfig {
    return this.#config;
  }

  get status(): ChannelStatus {
    return {
      name: this.#config.name,
      waiting: this.#notices.length,
      trouble: this.#trouble,
    };
  }

  /** Uses other settings from the next message on, and retries immediately what waits. */
  use(config: ChannelConfig): void {
    if (isDeepStrictEqual(config, this.#config)) return;
    this.#config = config;
    this.#retryNow();
  }

  notify(notice: Notice): void {
    if (this.#isClosed) return;
    const { clock, emit } = this.#options;
    const dropped = this.#notices.add(notice, clock.monotonic());
    this.#state.saveLater();
    const total = this.#notices.dropped;
    if (dropped > 0 && total % REPORT_EVERY === 1)
      emit({ event: "queue-overflowed", queue: this.queue, dropped: total });
    this.#wakeFor(this.#gather);
  }

  /** Sends one message with this notice now, beside the queue. If it is accepted, what waits for a retry follows. */
  async test(notice: Notice): Promise<Delivery> {
    const delivery = await sendMessage(this.#config, this.#messageOf([notice], 0), this.#timeout);
    if (delivery.kind === "delivered" && this.#trouble !== undefined) {
      this.#endTrouble();
      this.#retryNow();
    }
    return delivery;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#alarm.clear();
    const { lastPost = duration(2500) } = this.#options;
    const late = Promise.withResolvers<void>();
    const limit = createAlarm(late.resolve);
    limit.set(lastPost + 500);
    const flushed = (this.#sending ?? Promise.resolve()).then(() => this.#flush(lastPost));
    await Promise.race([flushed, late.promise]);
    limit.clear();
    this.#state.close();
  }

  get #gather(): number {
    return this.#options.gather ?? duration(2000);
  }

  get #timeout(): number {
    const { settings } = this.#config;
    return "timeout" in settings ? settings.timeout : TIMEOUT_MS;
  }

  /** Sets the alarm for what waits, at the earliest after `gather` milliseconds. */
  #wakeFor(gather: number): void {
    if (this.#isClosed || this.#sending !== undefined || this.#notices.length === 0) return;
    const at = this.#options.clock.monotonic();
    const { ready, wait } = this.#release(at);
    const wakeAt = at + Math.max(gather, this.#notBefore - at, ready.length > 0 ? 0 : wait);
    if (this.#wakeAt !== undefined && this.#wakeAt <= wakeAt) return;
    this.#wakeAt = wakeAt;
    this.#alarm.set(wakeAt - at);
  }

  #release(at: number): Release {
    const now = this.#options.clock.now();
    return releaseNotices(this.#notices.list, this.#config.settings, { now, at });
  }

  #flush(timeoutMilliseconds: number): Promise<void> {
    this.#wakeAt = undefined;
    this.#sending ??= this.#sendNext(timeoutMilliseconds).finally(() => {
      this.#sending = undefined;
      this.#wakeFor(0);
    });
    return this.#sending;
  }

  async #sendNext(timeoutMilliseconds: number): Promise<void> {
    const { clock } = this.#options;
    const config = this.#config;
    const isSingle = SERVICES[config.kind].isSingle === true;
    const most = isSingle ? 1 : MAX_NOTICES_PER_MESSAGE;
    const at = clock.monotonic();
    this.#notices.expire(at);
    const notices = this.#release(at)
      .ready.slice(0, most)
      .map(({ notice }) => notice);
    if (notices.length === 0) return;
    const message = this.#messageOf(notices, this.#notices.dropped);
    const delivery = await sendMessage(config, message, timeoutMilliseconds);
    if (delivery.kind === "failed") return this.#retryLater(notices, delivery);
    this.#notices.sent(notices);
    this.#state.saveLater();
    this.#endTrouble();
    this.#reportRefused(delivery);
    const isMore = isSingle && this.#notices.length > 0;
    const interval = isMore ? SINGLE_INTERVAL_MS : config.settings.min_interval;
    this.#notBefore = clock.monotonic() + interval;
  }

  #endTrouble(): void {
    this.#backoff.reset();
    this.#failures = 0;
    this.#trouble = undefined;
  }

  #retryNow(): void {
    this.#backoff.reset();
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#wakeFor(this.#gather);
  }

  /** Reports recipients who do not get what others get, until that changes only once. */
  #reportRefused({ to, refused }: Extract<Delivery, { readonly kind: "delivered" }>): void {
    if (refused !== undefined && refused !== this.#refused) {
      const { length: waiting, dropped } = this.#notices;
      const reason = `recipients were refused: ${refused}`;
      const channel = this.#config.name;
      const counts = { waiting, dropped, retry_in: undefined };
      this.#options.emit({ event: "notice-failed", channel, to, reason, ...counts });
    }
    this.#refused = refused;
  }

  #retryLater(
    notices: readonly Notice[],
    { to, reason, retryable, wait: minWait }: Extract<Delivery, { readonly kind: "failed" }>,
  ): void {
    if (!retryable) {
      this.#notices.drop(notices);
      this.#state.saveLater();
    }
    this.#failures++;
    this.#trouble = { since: this.#trouble?.since ?? this.#options.clock.now(), reason };
    const wait = duration(Math.max(this.#backoff.next(), Math.min(minWait, MAX_WAIT_MS)));
    const { length: waiting, dropped } = this.#notices;
    const retry_in = waiting > 0 ? wait : undefined;
    const isReported = this.#failures === 1 || this.#failures % REPORT_EVERY === 0 || dropped > 0;
    const channel = this.#config.name;
    if (isReported)
      this.#options.emit({
        event: "notice-failed",
        ...{ channel, to, reason, waiting, dropped, retry_in },
      });
    this.#notBefore = this.#options.clock.monotonic() + wait;
  }

  #messageOf(notices: readonly Notice[], dropped: number): Message {
    const { host } = this.#options;
    const hash = createHash("sha256").update(
      JSON.stringify([host, dropped, notices.map(({ what, at, reason }) => [what, at, reason])]),
    );
    return { host, notices, dropped, id: hash.digest("hex").slice(0, 32) };
  }
}
