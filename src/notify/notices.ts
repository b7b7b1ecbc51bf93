/**
 * Passes the events that people must see to a notifier. The notifier has a queue, so that it never delays the daemon. A
 * notice has the same text as the log.
 */
import type { WebhookConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { Notice, Notifier } from "../domain/notifier.ts";
import { EVENTS, type Emit, type EventName, type TelemetryEvent } from "../telemetry/events.ts";
import { describeEvent } from "../telemetry/describe-event.ts";
import { escapeAdvice, escapeReport } from "../telemetry/escape-text.ts";

export interface Notices {
  readonly emit: Emit;
  /** Replaces the notifier if its settings have changed. */
  applyWebhook(config: WebhookConfig): Promise<void>;
  close(): Promise<void>;
}

export interface NoticesOptions {
  readonly emit: Emit;
  readonly clock: Clock;
  readonly host: string;
}

/**
 * Events that become notices: state changes, tripped breakers, repeated repairs (which degrade a jail), and every loss.
 */
const REPORTED: ReadonlySet<EventName> = new Set<EventName>([
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
  "queue-overflowed",
  "bug",
]);

const LEVELS = ["error", "warn", "info"] as const;
const FAILING_STATES: ReadonlySet<string> = new Set(["blind", "toothless", "degraded"]);

export function createNotices({ emit, clock, host }: NoticesOptions): Notices {
  let notifier: Notifier | undefined;
  let settings = "";
  let minLevel: WebhookConfig["least"] = "info";

  function observe(event: TelemetryEvent): void {
    if (notifier === undefined || !REPORTED.has(event.event) || isRedundant(event, notifier))
      return;
    const { level } = EVENTS[event.event];
    if (level === "debug" || LEVELS.indexOf(level) > LEVELS.indexOf(minLevel)) return;
    notifier.notify({ ...partsOf(event), what: event.event, level, at: clock.now(), host });
  }

  return {
    emit(event) {
      emit(event);
      observe(event);
    },
    async applyWebhook(config) {
      const changed = JSON.stringify(config);
      if (changed === settings) return;
      settings = changed;
      minLevel = config.least;
      const former = notifier;
      const { url, url_file: file, min_interval: interval } = config;
      const to = file !== undefined ? { file } : url !== undefined ? { url } : undefined;
      notifier = undefined;
      // Not awaited: the previous notifier sends its last notices while the new one opens.
      void former?.close();
      if (to === undefined) return;
      const { Webhook } = await import("./webhook.ts");
      notifier = new Webhook({ to, interval, host, clock, emit });
    },
    async close() {
      const last = notifier;
      notifier = undefined;
      await last?.close();
    },
  };
}

/**
 * Reports whether an event needs no notice: a first start is not a recovery, and a full queue of notices cannot report
 * itself.
 */
function isRedundant(event: TelemetryEvent, { queue }: Notifier): boolean {
  if (event.event === "jail-ok") return !FAILING_STATES.has(event.before ?? "");
  return event.event === "queue-overflowed" && event.queue === queue;
}

/** Returns the text of a notice: the event's message and reason, or only the reason of a change of state. */
function reasonOf(event: TelemetryEvent): string {
  if (event.event === "jail-ok") return `it was ${event.before ?? "unknown"}`;
  if (!("reason" in event)) return describeEvent(event);
  const reason = escapeReport(event.reason);
  const isState = event.event === "jail-failed" || event.event === "jail-degraded";
  return isState ? reason : `${EVENTS[event.event].message}: ${reason}`;
}

function partsOf(
  event: TelemetryEvent,
): Pick<Notice, "jail" | "state" | "cause" | "ip" | "reason" | "fix"> {
  return {
    jail: "jail" in event ? event.jail : undefined,
    state:
      event.event === "jail-degraded" ? "degraded" : "state" in event ? event.state : undefined,
    cause: "cause" in event ? event.cause : undefined,
    ip: "ip" in event ? event.ip : undefined,
    reason: reasonOf(event),
    fix: "fix" in event ? escapeAdvice(event.fix) : undefined,
  };
}
