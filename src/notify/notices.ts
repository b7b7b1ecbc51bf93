/**
 * Which events a human is told of, wherever he is. Observes what was emitted and hands it to a notifier that queues, so
 * nothing here can delay or veto anything. What a notice says is what the log says.
 */
import type { WebhookConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { Notice, Notifier } from "../domain/notifier.ts";
import { EVENTS, type Emit, type EventName, type TelemetryEvent } from "../telemetry/events.ts";
import { describeEvent, escapeText } from "../telemetry/render-event.ts";

export interface Notices {
  readonly emit: Emit;
  /** Makes the notifier equal to the configuration; one whose settings did not change goes on. */
  become(config: WebhookConfig): Promise<void>;
  close(): Promise<void>;
}

export interface NoticesOptions {
  readonly emit: Emit;
  readonly clock: Clock;
  readonly host: string;
}

/** State changes, trips, repeated repairs (they degrade), and whatever is lost. A new event is one word. */
const NOTICED: ReadonlySet<EventName> = new Set<EventName>([
  "jail-failed",
  "jail-degraded",
  "jail-protects",
  "breaker-tripped",
  "breaker-reset",
  "lockout-guarded",
  "shared-address",
  "still-talking",
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
const TROUBLE: ReadonlySet<string> = new Set(["blind", "toothless", "degraded"]);

export function createNotices({ emit, clock, host }: NoticesOptions): Notices {
  let notifier: Notifier | undefined;
  let present = "";
  let least: WebhookConfig["least"] = "info";

  function observe(event: TelemetryEvent): void {
    if (notifier === undefined || !NOTICED.has(event.event) || isNoNews(event, notifier)) return;
    const { level } = EVENTS[event.event];
    if (level === "debug" || LEVELS.indexOf(level) > LEVELS.indexOf(least)) return;
    notifier.notify({ ...partsOf(event), what: event.event, level, at: clock.now(), host });
  }

  return {
    emit(event) {
      emit(event);
      observe(event);
    },
    async become(config) {
      const settings = JSON.stringify(config);
      if (settings === present) return;
      present = settings;
      ({ least } = config);
      const former = notifier;
      const { url, url_file: file, min_interval: interval } = config;
      const to = file !== undefined ? { file } : url !== undefined ? { url } : undefined;
      notifier = undefined;
      // Its last notices are on their way while the new one begins.
      void former?.close();
      if (to === undefined) return;
      const { openWebhook } = await import("./webhook.ts");
      notifier = openWebhook({ to, interval, host, clock, emit });
    },
    async close() {
      const last = notifier;
      notifier = undefined;
      await last?.close();
    },
  };
}

/** A first start is no recovery, and a full queue of notices is not told of by a notice. */
function isNoNews(event: TelemetryEvent, { queue }: Notifier): boolean {
  if (event.event === "jail-protects") return !TROUBLE.has(event.before ?? "");
  return event.event === "queue-overflowed" && event.queue === queue;
}

/** Where the state says what happened, the reason alone; else the event's own words come first. */
function reasonOf(event: TelemetryEvent): string {
  if (event.event === "jail-protects") return `it was ${event.before ?? "not known"}`;
  if (!("reason" in event)) return describeEvent(event);
  const reason = escapeText(event.reason);
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
    fix: "fix" in event ? escapeText(event.fix) : undefined,
  };
}
