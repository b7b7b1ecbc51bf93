/**
 * Enforces a book in memory as the daemon does: what a test bans is reconciled with a real enforcer, and repaired after
 * changes by other programs.
 */
import type { EnforcedBlock, Enforcer } from "../domain/enforcer.ts";
import type { EnforcerView } from "../domain/enforcer-view.ts";
import { instant, type Until } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
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
  /** Compares everything, as the daemon does periodically. */
  reconcile(): Promise<void>;
  /** Closes the enforcer and opens it again, as another run of the daemon does. */
  restart(): Promise<void>;
  /** Returns the blocks that must be held now, as "SUBJECT SCOPE", sorted. */
  wanted(): readonly string[];
  readonly enforcer: Enforcer;
  readonly events: readonly TelemetryEvent[];
}

interface Run extends AsyncDisposable {
  readonly enforcer: Enforcer;
  readonly enforcement: Enforcement;
  readonly view: EnforcerView;
}

/** The last enforcer is closed together with the book; its blocks stay in force. */
export async function openEnforcedBook(open: () => Promise<Enforcer>): Promise<EnforcedBook> {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const clock = systemClock;
  const book = openBook({ path: ":memory:", clock, emit });

  async function start(): Promise<Run> {
    const enforcer = await open();
    const { name, abilities } = enforcer;
    const view = book.openView({ name, scopes: abilities.scopes, dutyFor: () => "required" });
    const enforcement = new Enforcement({ enforcer, view, clock, emit, onChange: () => {} });
    const stop = new AbortController();
    const watching = enforcement.watch(stop.signal);
    // Watching alone keeps no program running.
    const hold = setInterval(() => {}, 1000);
    await enforcement.reconcile("start");
    return {
      ...{ enforcer, enforcement, view },
      async [Symbol.asyncDispose]() {
        stop.abort();
        clearInterval(hold);
        await watching;
        await enforcement.settled();
        view.close();
        await enforcer.close();
      },
    };
  }

  let run = await start();
  return {
    events,
    get enforcer() {
      return run.enforcer;
    },
    async ban(text, scope = ALL_PORTS, milliseconds) {
      const from = clock.now();
      const until: Until = milliseconds === undefined ? "forever" : instant(from + milliseconds);
      const ban = { subject: subject(text), jail: jailOf(scope), scope, from, until };
      book.commit({ steps: [sampleBan(0, ban)], cursors: [] });
      await run.enforcement.sync([ban]);
    },
    async unban(text, scope = ALL_PORTS) {
      const ban = { subject: subject(text), jail: jailOf(scope), scope };
      book.close(ban, { who: "test", reason: "test" }, clock.now());
      await run.enforcement.sync([ban]);
    },
    expire: () => run.enforcement.sync(book.expire(clock.now(), 10_000)),
    reconcile: () => run.enforcement.reconcile("periodic"),
    async restart() {
      await run[Symbol.asyncDispose]();
      run = await start();
    },
    wanted: () => textsOf([...run.view.desiredBlocks(clock.now())]),
    async [Symbol.asyncDispose]() {
      await run[Symbol.asyncDispose]();
      await book[Symbol.asyncDispose]();
    },
  };
}

/** Returns a jail for each scope, because a jail holds one ban of a subject. */
function jailOf(scope: PortScope): JailName {
  // The names of jails are short; the first ports distinguish the scopes of a test.
  return sampleJail(`j${scope.replaceAll(/\W/g, "-").slice(0, 24)}`);
}

/** Formats blocks as "SUBJECT SCOPE", sorted. */
export function textsOf(
  blocks: readonly Pick<EnforcedBlock, "subject" | "scope">[],
): readonly string[] {
  return blocks.map(({ subject: text, scope }) => `${text} ${scope}`).sort();
}
