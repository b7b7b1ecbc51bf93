/** Enforces a book in memory, as the daemon does: what tests ban is reconciled with a real enforcer, and repaired. */
import type { EnforcedBlock, Enforcer } from "../domain/enforcer.ts";
import { instant, type Until } from "../domain/instant.ts";
import { ALL_PORTS, type PortScope } from "../domain/port-scope.ts";
import { systemClock } from "../host/system-clock.ts";
import { openBook } from "../record/open-book.ts";
import { sampleBan, sampleJail } from "../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Enforcement } from "./enforcement.ts";
import { subject } from "./enforcer.contract.ts";

export interface EnforcedBook extends AsyncDisposable {
  /** Bans for `milliseconds` from now, or permanently. */
  ban(text: string, scope?: PortScope, milliseconds?: number): Promise<void>;
  unban(text: string, scope?: PortScope): Promise<void>;
  /** Ends expired bans, as the daemon's alarm does. */
  expire(): Promise<void>;
  reconcile(): Promise<void>;
  /** Returns the blocks that must be held now, as "SUBJECT SCOPE", sorted. */
  wanted(): readonly string[];
  readonly events: readonly TelemetryEvent[];
}

export async function openEnforcedBook(enforcer: Enforcer): Promise<EnforcedBook> {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const clock = systemClock;
  const book = openBook({ path: ":memory:", clock, emit });
  const enforcement = new Enforcement({ enforcer, book, clock, emit, onChange: () => {} });
  const stop = new AbortController();
  const watching = enforcement.watch(stop.signal);
  // Watching alone keeps no program running.
  const hold = setInterval(() => {}, 1000);
  await enforcement.reconcile("start");
  /** A jail for each scope: one jail holds one ban of a subject. */
  const jailOf = (scope: PortScope): ReturnType<typeof sampleJail> =>
    sampleJail(`j${scope.replaceAll(/[^\w]/g, "-")}`);
  return {
    events,
    async ban(text, scope = ALL_PORTS, milliseconds) {
      const from = clock.now();
      const until: Until = milliseconds === undefined ? "forever" : instant(from + milliseconds);
      const ban = { subject: subject(text), jail: jailOf(scope), scope, from, until };
      book.commit({ steps: [sampleBan(0, ban)], cursors: [] });
      await enforcement.sync([{ subject: subject(text), scope }]);
    },
    async unban(text, scope = ALL_PORTS) {
      const which = { subject: subject(text), jail: jailOf(scope) };
      book.close(which, { who: "test", reason: "test" }, clock.now());
      await enforcement.sync([{ subject: subject(text), scope }]);
    },
    async expire() {
      await enforcement.sync(book.expire(clock.now(), 10_000));
    },
    reconcile: () => enforcement.reconcile("periodic"),
    wanted: () => textsOf([...book.desiredBlocks(clock.now())]),
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(hold);
      await watching;
      await enforcement.settled();
      await book[Symbol.asyncDispose]();
    },
  };
}

/** Formats blocks as "SUBJECT SCOPE", sorted. */
export function textsOf(
  blocks: readonly Pick<EnforcedBlock, "subject" | "scope">[],
): readonly string[] {
  return blocks.map(({ subject: text, scope }) => `${text} ${scope}`).sort();
}
