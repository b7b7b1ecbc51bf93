/**
 * The flow link: lines arrive at the usual rate. Jails that read the same source share its watch; a source that is silent
 * against its habit is tried before anybody is alarmed. Habits are kept in the book, by source, every ten minutes and at
 * the end.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Instant } from "../../domain/instant.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { Proof } from "../../domain/proof.ts";
import { HOUR_MS, HOURS } from "../judge/habit.ts";
import { flowProof } from "./check-flow/flow-proof.ts";
import { createFlowWatch, type FlowWatch } from "./check-flow/flow-watch.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import { syslogRoute } from "./check-flow/syslog-route.ts";

export interface FlowCheckOptions {
  readonly stateStore: StateStore;
  readonly clock: Clock;
  /** Milliseconds east of UTC, for the hour of the week as people live it. */
  readonly localOffset: (at: number) => number;
  /** What the reader says at this moment. */
  readonly statusOf: (live: LiveJail) => SourceStatus | undefined;
}

interface Watched {
  readonly watch: FlowWatch;
  savedAt: number;
}

const SAVE_EVERY_MS = 600_000;
/** 1970 began on a Thursday. */
const EPOCH_HOUR = 96;

export function createFlowCheck(options: FlowCheckOptions): JailCheck {
  const { stateStore, clock, statusOf } = options;
  const watched = new Map<string, Watched>();
  const closing = new AbortController();
  /** Our own lines since the last look. */
  let ownLines = 0;

  function hourOfWeek(now: Instant): number {
    const hours = Math.floor((now + options.localOffset(now)) / HOUR_MS);
    return (((hours + EPOCH_HOUR) % HOURS) + HOURS) % HOURS;
  }

  async function look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const hour = hourOfWeek(now);
    const own = ownLines;
    ownLines = 0;
    const seen = new Set<string>();
    const probes: Promise<void>[] = [];
    for (const { live, source } of jails) {
      if (source === undefined || seen.has(keyOf(source))) continue;
      const key = keyOf(source);
      seen.add(key);
      const one = watched.get(key) ?? begin(key, live);
      one.watch.see({ source, hour, own });
      if (one.watch.wantsProbe) probes.push(probe(one.watch, live));
      if (clock.monotonic() - one.savedAt >= SAVE_EVERY_MS) save(key, one);
    }
    for (const key of [...watched.keys()]) if (!seen.has(key)) forget(key);
    await Promise.all(probes);
  }

  function begin(key: string, { search }: LiveJail): Watched {
    const watch = createFlowWatch(
      clock,
      syslogRoute(search.source),
      stateStore.load(memoName(key)),
    );
    const one = { watch, savedAt: clock.monotonic() };
    watched.set(key, one);
    return one;
  }

  async function probe(watch: FlowWatch, live: LiveJail): Promise<void> {
    ownLines += await watch.probe(() => statusOf(live)?.lines ?? 0, closing.signal);
  }

  function save(key: string, one: Watched): void {
    one.savedAt = clock.monotonic();
    stateStore.save(memoName(key), one.watch.text());
  }

  function forget(key: string): void {
    const one = watched.get(key);
    if (one !== undefined) save(key, one);
    watched.delete(key);
  }

  return {
    name: "flow",
    look,
    proofs({ live, source }): readonly Proof[] {
      const facts = source && watched.get(keyOf(source))?.watch.facts(source.lines);
      if (source === undefined || facts === undefined)
        return [{ kind: "unproven", link: "flow", evidence: "it was not watched long enough" }];
      return [flowProof(facts, { where: source.where, source: live.search.source })];
    },
    close() {
      closing.abort();
      for (const key of [...watched.keys()]) forget(key);
    },
  };
}

function keyOf({ kind, where }: SourceStatus): string {
  return `${kind} ${where}`;
}

function memoName(key: string): string {
  return `flow ${key}`;
}
