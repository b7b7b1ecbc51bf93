/**
 * For tests: runs the part of the daemon that reads. Real sources, filters, windows and a book on disk; no firewall. It
 * can be stopped and restarted with the same book, and given other sources as by a reload.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../config/parse-config.ts";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { localOffset } from "../host/time-zone.ts";
import { createWakeUp } from "../host/wake-up.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Allow } from "./allow/allow.ts";
import { CanaryWatch } from "./canary-watch.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { LineFollower } from "./follow-lines.ts";
import { type Jail, keepCounts } from "../jails/jail.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { createStateStore } from "../record/state-store.ts";
import { restoreWindows } from "./restore-windows.ts";
import { RunningSources } from "./sources/running-sources.ts";
import { type ReadSource, planSources } from "./sources/source-plan.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";

export interface ReadingDaemon extends AsyncDisposable {
  readonly folder: string;
  readonly events: readonly TelemetryEvent[];
  readonly canaries: CanaryWatch;
  readonly jails: readonly Jail[];
  /** Sets one source for each jail, by name: starts it, or moves the jail there by a reload of unchanged jails. */
  read(sources: Readonly<Record<string, ReadSource>>): Promise<void>;
  /** Like `read`, with new jails of the same names, as if their configuration had changed. */
  reload(sources: Readonly<Record<string, ReadSource>>): Promise<void>;
  /** Stops, even during a reload. Only the book remains. */
  stop(): Promise<void>;
  /** Status of a jail's source. */
  statusOf(jail: string): SourceStatus | undefined;
  /** Number of lines that were counted for drift, since it was created. */
  readonly tallied: number;
  /** Returns unconsumed failures in the book, as "jail address" for each. */
  counted(): readonly string[];
  until(condition: () => boolean, what: string): Promise<void>;
}

/** Starts it. `toml` defines the jails, `filters` own filters by name. */
export async function openReadingDaemon(
  toml: string,
  filters: Readonly<Record<string, string>> = {},
): Promise<ReadingDaemon> {
  enableLinearRegex();
  const folder = mkdtempSync(join(tmpdir(), `bailiff-reading-${process.pid}-`));
  const own = mkdtempSync(join(folder, "filters-"));
  for (const [name, text] of Object.entries(filters))
    writeFileSync(join(own, `${name}.toml`), text);
  const events: TelemetryEvent[] = [];
  const tally = { recognized: 0, failures: 0, missed: () => void unrecognized++ };
  let unrecognized = 0;
  const wake = createWakeUp();
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    wake.ring();
  };
  let life = start();
  let jails: readonly Jail[] = [];
  let changing: Promise<void> = Promise.resolve();

  function start() {
    const year = duration(365 * 86_400_000);
    const retention = { audit: year, history: year };
    const path = join(folder, "book.db");
    const book = openBook({ path, clock: systemClock, emit, retention });
    const resolveName = async (): Promise<readonly never[]> => [];
    const allow = new Allow({ book, hostAddresses: () => [], resolveName, emit });
    allow.rebuild([], systemClock.now());
    const forwarders = createForwardingPeers(createStateStore(book));
    const canaries = new CanaryWatch(systemClock, createStateStore(book));
    const sources = new RunningSources({
      ...{ book, clock: systemClock, emit },
      createFollower: (watches, where) =>
        new LineFollower(watches, {
          ...{ book, allow, forwarders, clock: systemClock, localOffset, emit, where, canaries },
          ...{
            chance: () => 0,
            enforce: async () => undefined,
            onBannedStillActive: () => undefined,
          },
          checkClock: () => undefined,
          tallyOf: () => tally,
        }),
    });
    return { book, canaries, sources };
  }

  async function become(
    fresh: readonly Jail[],
    sources: Readonly<Record<string, ReadSource>>,
  ): Promise<void> {
    const before = jails;
    jails = fresh;
    const watches = jails.flatMap((jail) => {
      const source = sources[jail.name];
      return source === undefined ? [] : [{ jail, source }];
    });
    changing = life.sources.applyPlan(planSources(watches), () => {
      const added = jails.filter((jail) => !before.includes(jail));
      for (const jail of added) {
        const old = before.find(({ name }) => name === jail.name);
        if (old !== undefined) keepCounts(jail, old, "same");
      }
      restoreWindows(added, life.book, systemClock.now());
    });
    await changing;
  }

  async function stop(): Promise<void> {
    life.sources.interrupt();
    await changing;
    await life.sources.close();
    await life.book[Symbol.asyncDispose]();
  }

  return {
    folder,
    events,
    get canaries() {
      return life.canaries;
    },
    get jails() {
      return jails;
    },
    read: async (sources) => become(jails.length === 0 ? await compile(toml, own) : jails, sources),
    reload: async (sources) => become(await compile(toml, own), sources),
    async stop() {
      await stop();
      jails = [];
      life = start();
    },
    statusOf(name) {
      const jail = jails.find((one) => one.name === name);
      return jail && life.sources.statusOf(jail);
    },
    get tallied() {
      return tally.recognized + unrecognized;
    },
    counted: () =>
      [...life.book.failuresSince(instant(0))].map(({ jail, subject }) => `${jail} ${subject}`),
    async until(condition, what) {
      const limit = AbortSignal.timeout(60_000);
      while (!condition()) {
        if (limit.aborted) assert.fail(`${what}; last: ${JSON.stringify(events.slice(-10))}`);
        await wake.wait(limit);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function compile(text: string, own: string): Promise<readonly Jail[]> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  const names = config.value.jails.map(({ filter }) => filter);
  const { filters } = await (await openLibrary([own])).read([...new Set(names)]);
  const compileFilter = await loadFilterCompiler(filters.values());
  const { jails, problems } = compileJails(
    config.value.jails,
    { filters, compile: compileFilter },
    [],
  );
  assert.deepEqual(problems, []);
  return jails.map(({ jail }) => jail);
}
