/**
 * Passes the events that people must see to the channels. Each channel has a queue, so that it never delays the daemon.
 * A notice has the same text as the log.
 */
import type { ChannelConfig } from "../config/channels/channel-kinds.ts";
import { USUAL_EVENTS } from "../config/kinds/event-list-kind.ts";
import type { Clock } from "../domain/clock.ts";
import type { Notice } from "../domain/notifier.ts";
import { EVENTS, type Emit, type EventName, type TelemetryEvent } from "../telemetry/events.ts";
import type { Channel, ChannelOptions, ChannelStatus } from "./channel.ts";
import { describeProblem } from "./describe-problem.ts";
import { createRepeats } from "./repeats.ts";
import { describeEvent, messageOf } from "../telemetry/describe-event.ts";
import { escapeAdvice, escapeReport } from "../telemetry/escape-text.ts";
import type { Delivery } from "./send-message.ts";

export interface Notices {
  readonly emit: Emit;
  /** Opens and closes channels to match the configuration. What waits in a changed one is kept. */
  apply(configs: readonly ChannelConfig[]): Promise<void>;
  /** Sends a test message to a channel, beside its queue; undefined: no channel has this name. */
  test(name: string): Promise<ChannelTest | undefined>;
  channels(): readonly ChannelStatus[];
  close(): Promise<void>;
}

export interface ChannelTest {
  readonly kind: ChannelConfig["kind"];
  readonly delivery: Delivery;
}

export interface NoticesOptions extends Pick<ChannelOptions, "store"> {
  readonly emit: Emit;
  readonly clock: Clock;
  readonly host: string;
}

/**
 * Events that become notices unless a channel lists others: state changes, tripped breakers, repeated repairs (which
 * degrade a jail), every loss, and failures of other channels.
 */
const USUAL: ReadonlySet<EventName> = new Set<EventName>([
  "jail-failed",
  "jail-degraded",
  "jail-ok",
  "breaker-tripped",
  "breaker-reset",
  "lockout-guarded",
  "proxy-suspected",
  "shared-address",
  "campaign-began",
  "detector-demoted",
  "campaign-ended",
  "compromise-suspected",
  "ban-bypassed",
  "drift-found",
  "canary-failed",
  "source-moved",
  "firewall-unavailable",
  "record-failed",
  "record-recovered",
  "record-replaced",
  "config-refused",
  "notice-failed",
  "queue-overflowed",
  "bug",
]);

const LEVELS = ["error", "warn", "info"] as const;
const FAILING_STATES: ReadonlySet<string> = new Set(["blind", "toothless", "degraded"]);

export function createNotices(options: NoticesOptions): Notices {
  const { emit, clock, host } = options;
  const channels = new Map<string, Channel>();
  const repeats = createRepeats();

  /** Events that some channel wants. */
  let wanted: ReadonlySet<string> = new Set();

  function observe(event: TelemetryEvent): void {
    if (!wanted.has(event.event) || isNoNews(event)) return;
    const level = levelOf(event);
    const notice = { ...partsOf(event), what: event.event, level, at: clock.now(), host };
    if (repeats.isRepeat(notice, clock.monotonic())) return;
    for (const channel of channels.values())
      if (isWanted(event, notice, channel)) channel.notify(notice);
  }

  const emitAndObserve: Emit = (event) => {
    emit(event);
    observe(event);
  };

  return {
    emit: emitAndObserve,
    async apply(configs) {
      const kept = new Set(configs.map(({ name }) => name));
      for (const [name, channel] of channels) {
        if (kept.has(name)) continue;
        channels.delete(name);
        // Not awaited: it sends its last notices while the others open.
        void channel.close();
      }
      wanted = new Set(configs.flatMap(({ settings }) => [...eventsOf(settings.events)]));
      for (const config of configs) {
        const channel = channels.get(config.name);
        if (channel !== undefined) channel.use(config);
        else {
          const { Channel } = await import("./channel.ts");
          channels.set(config.name, new Channel({ ...options, emit: emitAndObserve, config }));
        }
      }
    },
    async test(name) {
      const channel = channels.get(name);
      if (channel === undefined) return undefined;
      const delivery = await channel.test(testNotice(name, { at: clock.now(), host }));
      return { kind: channel.config.kind, delivery };
    },
    channels: () => [...channels.values()].map(({ status }) => status),
    async close() {
      const last = [...channels.values()];
      channels.clear();
      await Promise.all(last.map((channel) => channel.close()));
    },
  };
}

/**
 * Reports whether nobody needs to know of an event: a start without a fault is no recovery, a self-test bans nobody,
 * and many changes together are one event, bulk-change.
 */
function isNoNews(event: TelemetryEvent): boolean {
  if (event.event === "jail-ok") return !FAILING_STATES.has(event.before ?? "");
  if (event.event === "ban" && event.origin === "canary") return true;
  return "bulk" in event && event.bulk === true;
}

function isWanted(event: TelemetryEvent, notice: Notice, { config, queue }: Channel): boolean {
  // A full queue of notices cannot report itself, nor a failed message.
  if (event.event === "queue-overflowed" && event.queue === queue) return false;
  if (event.event === "notice-failed" && event.channel === config.name) return false;
  const { jails, events, least } = config.settings;
  if (notice.jail !== undefined && jails?.includes(notice.jail) === false) return false;
  return eventsOf(events).has(event.event) && LEVELS.indexOf(notice.level) <= LEVELS.indexOf(least);
}

/** Returns the names of events, with those that "usual" stands for. */
function eventsOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => (name === USUAL_EVENTS ? [...USUAL] : [name])));
}

function levelOf({ event }: TelemetryEvent): Notice["level"] {
  const { level } = EVENTS[event];
  return level === "debug" ? "info" : level;
}

function testNotice(name: string, about: Pick<Notice, "at" | "host">): Notice {
  return {
    ...{ what: "test", level: "info", problem: "test", phase: "happened" },
    ...{ jail: undefined, state: undefined, cause: undefined, ip: undefined, fix: undefined },
    reason: `this is a test of [notify.${name}], nothing happened`,
    ...about,
  };
}

/** Returns the text of a notice: the event's message and reason, or only the reason of a change of state. */
function reasonOf(event: TelemetryEvent): string {
  if (event.event === "jail-ok") return `it was ${event.before ?? "unknown"}`;
  if (!("reason" in event)) return describeEvent(event);
  const reason = escapeReport(event.reason);
  if (event.event === "notice-failed")
    return `channel ${event.channel} did not accept notices: ${reason}`;
  const isState = event.event === "jail-failed" || event.event === "jail-degraded";
  return isState ? reason : `${messageOf(event)}: ${reason}`;
}

function partsOf(event: TelemetryEvent): Omit<Notice, "what" | "level" | "at" | "host"> {
  return {
    ...describeProblem(event),
    jail: "jail" in event ? event.jail : undefined,
    state:
      event.event === "jail-degraded" ? "degraded" : "state" in event ? event.state : undefined,
    cause: "cause" in event ? event.cause : undefined,
    ip: "ip" in event ? event.ip : undefined,
    reason: reasonOf(event),
    fix: "fix" in event ? escapeAdvice(event.fix) : undefined,
  };
}
