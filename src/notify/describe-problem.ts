/** Names the problem that an event is about, so that its end can be matched with its begin. */
import type { Notice } from "../domain/notifier.ts";
import type { EventName, TelemetryEvent } from "../telemetry/events.ts";

/** Events that end a problem, each with those that begin it. */
const ENDS: ReadonlyMap<EventName, readonly EventName[]> = new Map<EventName, EventName[]>([
  ["jail-ok", ["jail-failed", "jail-degraded"]],
  ["breaker-reset", ["breaker-tripped"]],
  ["campaign-ended", ["campaign-began"]],
  ["record-recovered", ["record-failed"]],
]);

export function describeProblem(event: TelemetryEvent): Pick<Notice, "problem" | "phase"> {
  const { event: name } = event;
  const begins = ENDS.get(name);
  const end = [...ENDS].find(([, starts]) => starts.includes(name))?.[0];
  const first = (begins ?? (end === undefined ? undefined : ENDS.get(end)))?.[0] ?? name;
  const parts = [
    first,
    "jail" in event ? event.jail : undefined,
    "ip" in event ? event.ip : undefined,
    "campaign" in event ? event.campaign : undefined,
    name === "notice-failed" ? event.channel : undefined,
    name === "breaker-tripped" || name === "breaker-reset" ? event.rule : undefined,
  ];
  const problem = parts.filter((part) => part !== undefined).join(" ");
  return { problem, phase: begins ? "ended" : end ? "began" : "happened" };
}
