/** Counts events by name. One increment for each event; the table has one entry for each name of the catalog. */
import { EVENTS, type EventName } from "./events.ts";

export class EventCounts {
  readonly #counts: Map<string, number> = new Map(Object.keys(EVENTS).map((name) => [name, 0]));

  note(event: EventName): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  }

  /** Returns how often each event was emitted, also of those that never were. */
  list(): readonly (readonly [string, number])[] {
    return [...this.#counts];
  }
}
