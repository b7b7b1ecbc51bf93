/** Formats an event as a sentence for people who follow the events: a keyword, then what happened. */
import { amount } from "../domain/amount.ts";
import { formatDuration } from "../domain/duration.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { isOnlyObserved, keyValues } from "./describe-event.ts";
import { escapeAdvice, escapeReport, escapeText } from "./escape-text.ts";
import { EVENTS, type EventName, type TelemetryEvent } from "./events.ts";

/** The keyword, and the rest of the line. */
export type Sentence = readonly [word: string, rest: string];

export type FormatTime = (at: Instant) => string;

type Of<Name extends EventName> = Extract<TelemetryEvent, { readonly event: Name }>;

const IP_WIDTH = 15;
const CONTINUATION = `\n${" ".repeat(18)}`;

export function composeSentence(event: TelemetryEvent, timeOfDay: FormatTime): Sentence {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most events read well as message and fields
  switch (event.event) {
    case "failure":
      return composeFailure(event);
    case "ban":
      return composeBan(event, timeOfDay);
    case "ban-extended":
      return composeExtension(event);
    case "unban": {
      const by = event.who === "daemon" ? "" : `by ${escapeText(event.who)}: `;
      return ["unban", `${addressAndJail(event)}  ${by}${escapeText(event.reason)}`];
    }
    case "ignored":
      return ["ignored", `${addressAndJail(event)}  ${escapeText(event.reason)}`];
    case "jail-started": {
      const source = `${CONTINUATION}reads ${escapeText(event.source)}`;
      return ["started", `${event.jail}: ${escapeText(event.policy)}${source}`];
    }
    case "jail-ok":
      return ["ok", `${event.jail}: ${describeChange(event)}`];
    case "jail-degraded":
      return ["DEGRADED", `${event.jail}: ${explain(event)}`];
    case "jail-failed":
      return [event.state.toUpperCase(), `${event.jail}: ${explain(event)}`];
    case "jail-left-out":
      return composeLeftOut(event);
    case "option-in-doubt":
      return ["WARNING", `${EVENTS[event.event].message}: ${escapeReport(event.reason)}`];
    case "firewall-changed":
      return ["CHANGED", `the firewall, by ${escapeText(event.by)}`];
    case "firewall-repaired":
      return ["REPAIRED", describeRepair(event)];
    case "config-in-doubt": {
      const more = event.more === 0 ? [] : [`and ${event.more} more (bailiff check)`];
      return ["WARNING", messageWithLines(event, [...event.warnings, ...more])];
    }
    case "config-refused":
      return ["ERROR", messageWithLines(event, event.problems)];
    default:
      return composeMessage(event);
  }
}

function composeFailure(event: Of<"failure">): Sentence {
  const user = event.user === undefined ? "" : ` as "${escapeText(event.user)}"`;
  return ["failure", `${addressAndJail(event)}  ${event.count} of ${event.of}${user}`];
}

const DAY_MS = 86_400_000;

function composeBan(event: Of<"ban">, timeOfDay: FormatTime): Sentence {
  const length = event.length === undefined ? "permanently" : `for ${formatDuration(event.length)}`;
  // Within a day, the time without the date is enough.
  const isLong = event.length === undefined || event.length >= DAY_MS;
  const end =
    event.until === "forever"
      ? ""
      : `, until ${isLong ? formatInstant(event.until) : timeOfDay(event.until)}`;
  const word = isOnlyObserved(event) ? "would ban" : "BAN";
  return [word, `${addressAndJail(event)}  ${length}${end}${becauseOf(event)}`];
}

function composeExtension(event: Of<"ban-extended">): Sentence {
  const end = event.until === "forever" ? "permanently" : `until ${formatInstant(event.until)}`;
  const word = isOnlyObserved(event) ? "would extend" : "extended";
  return [word, `${addressAndJail(event)}  ${end}${becauseOf(event)}`];
}

function composeLeftOut(event: Of<"jail-left-out">): Sentence {
  const what = event.kept
    ? "not reloaded, the last good configuration stays in use"
    : EVENTS[event.event].message;
  const reasons = event.reasons.map(escapeReport).join("\n  ");
  return [event.kept ? "ERROR" : "LEFT OUT", `${event.jail}: ${what}:\n  ${reasons}`];
}

function composeMessage(event: TelemetryEvent): Sentence {
  const { level, message } = EVENTS[event.event];
  const word = level === "error" ? "ERROR" : level === "warn" ? "warning" : level;
  return [word, `${message}  ${keyValues(event)}`];
}

function addressAndJail({ ip, jail }: { readonly ip: string; readonly jail: string }): string {
  return `${ip.padEnd(IP_WIDTH)} ${jail}`;
}

function becauseOf(event: Of<"ban" | "ban-extended">): string {
  const means = event.by_actions === true ? ", by its actions only" : "";
  return `${means}: ${escapeText(event.reason)}`;
}

function messageWithLines({ event }: TelemetryEvent, lines: readonly string[]): string {
  return `${EVENTS[event].message}:\n  ${lines.map(escapeReport).join("\n  ")}`;
}

function describeRepair({ missing, extra, structure, took, by }: Of<"firewall-repaired">): string {
  const done = [
    ...(structure ? ["table and rules re-created"] : []),
    ...(missing > 0 ? [`${amount(missing, "ban")} restored`] : []),
    ...(extra > 0 ? [`${amount(extra, "unknown entry", "unknown entries")} removed`] : []),
  ];
  const who = by === "unknown" ? "" : ` (broken by ${escapeText(by)})`;
  return `the firewall in ${formatDuration(took)}: ${done.join(", ")}${who}`;
}

function describeChange({ before, state }: Of<"jail-ok">): string {
  return before === undefined ? state : `${before} → ${state}`;
}

function explain({ reason, fix }: { readonly reason: string; readonly fix: string }): string {
  return `${escapeReport(reason)}${CONTINUATION}to do: ${escapeAdvice(fix)}`;
}
