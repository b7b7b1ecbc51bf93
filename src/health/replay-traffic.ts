/**
 * Replays the last weeks of every jail's log through the daemon's filters, windows and decisions. The result is the
 * amount of hostile traffic, and what the policy would have stopped. Bounded in time and bytes; reports what was left
 * out.
 */
import type { AllowList } from "../detect/allow-list.ts";
import type { Subject } from "../domain/cidr.ts";
import type { ContainersConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, formatDuration } from "../domain/duration.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { TrafficFacts } from "../domain/host-facts.ts";
import { formatInstant, type Instant, instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { Match } from "../domain/match.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import { expandPatterns } from "../source/file/expand-patterns.ts";
import { readJournalHistory } from "../source/journal/journal-history.ts";
import { hasLogHistory, readLogHistory } from "../source/file/log-history.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { describeLooked } from "../pipeline/sources/describe-search.ts";
import { findSource, type Looked, type SearchedJail } from "../pipeline/sources/find-sources.ts";
import { JailReplay } from "./replay-traffic/jail-replay.ts";
import { acceptsOf, type ReadSource } from "../pipeline/sources/source-plan.ts";

export interface ReplayOptions {
  readonly jails: readonly CompiledJail[];
  readonly containers: ContainersConfig;
  readonly allowedIn: (jail: CompiledJail["jail"]) => AllowList;
  readonly isAccount: (name: string) => boolean;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  /** How far back logs are read, and the time limit of the replay. */
  readonly period: Duration;
  readonly limit: Duration;
  readonly signal: AbortSignal;
}

/** About a gigabyte of text: some five million lines of sshd. */
const MAX_BYTES = 1 << 30;
/** At most this many of the omitted parts are named. */
const MAX_CUTS_NAMED = 5;

interface ReadableJail {
  readonly compiled: CompiledJail;
  readonly source: ReadSource;
}

export async function replayTraffic(options: ReplayOptions): Promise<TrafficFacts> {
  const since = instant(options.clock.now() - options.period);
  const cut: string[] = [];
  const readable: ReadableJail[] = [];
  const missing: { jail: string; looked: string }[] = [];
  for (const compiled of options.jails) {
    const found = await locate({ ...compiled, containers: options.containers }, options.clock);
    if ("source" in found) readable.push({ compiled, source: found.source });
    else missing.push({ jail: compiled.jail.name, looked: describeLooked(found.looked) });
  }
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(options.limit)]);
  const earlierBans = new Map<Subject, number>();
  const groups = Map.groupBy(readable, ({ source }) => JSON.stringify(source));
  const jails = [];
  for (const group of groups.values()) {
    const read = await replayGroup(group, { ...options, since, stop, cut, earlierBans });
    jails.push(...read);
  }
  return { since, jails, cut: cut.slice(0, MAX_CUTS_NAMED), missing };
}

interface GroupOptions extends ReplayOptions {
  readonly since: Instant;
  readonly stop: AbortSignal;
  readonly cut: string[];
  readonly earlierBans: Map<Subject, number>;
}

async function replayGroup(group: readonly ReadableJail[], options: GroupOptions) {
  const [first] = group;
  if (first === undefined) return [];
  const where = describeSource(first.source);
  const batches = historyOf(first.source, options);
  if (batches === undefined) {
    options.cut.push(`${where}: has no past lines to read`);
    return [];
  }
  const replays = group.map(({ compiled: { jail } }) => replayOf(jail, options));
  const router = createLineRouter(
    group.map(({ compiled, source }) => ({
      filter: compiled.jail.filter,
      accepts: acceptsOf(source),
    })),
    options.localOffset,
  );
  let [lines, until] = [0, 0];
  const sink = {
    matched(entry: number, match: Match): void {
      const replay = replays[entry];
      if (replay === undefined) return;
      until = match.at;
      const attempt = replay.jail.attempts.observe(match);
      replay.observe(match, attempt);
    },
    unrecognized(): void {},
  };
  for await (const batch of batches) {
    if (options.stop.aborted) break;
    lines += router.route(batch, options.clock.now(), sink).lines;
  }
  if (options.stop.aborted) {
    const upTo = until === 0 ? "" : `, at ${formatInstant(instant(until)).slice(0, 10)}`;
    options.cut.push(`${where}: stopped after ${formatDuration(options.limit)}${upTo}`);
  }
  return replays.map((replay) => replay.summary(where, lines));
}

function replayOf(jail: CompiledJail["jail"], options: GroupOptions): JailReplay {
  const { allowedIn, since, isAccount, earlierBans } = options;
  const shared = jail.config.increment.overalljails;
  return new JailReplay({
    jail,
    allowed: allowedIn(jail),
    since,
    isAccount,
    earlierBans: shared ? earlierBans : new Map(),
  });
}

function historyOf(
  source: ReadSource,
  { since, stop, cut }: GroupOptions,
): AsyncIterable<LineBatch> | undefined {
  switch (source.kind) {
    case "file":
      return readLogHistory({
        files: source.files,
        since,
        maxBytes: MAX_BYTES,
        signal: stop,
        onLeftOut: (what) => cut.push(what),
      });
    case "journal":
      return readJournalHistory({ ...source, since, signal: stop });
    case "stdin":
    case "command":
      return undefined;
  }
}

/** Finds the source as the daemon does. If the log is empty now, its rotated files still have older lines. */
async function locate(
  searched: SearchedJail,
  clock: Clock,
): Promise<{ readonly source: ReadSource } | { readonly looked: readonly Looked[] }> {
  const { source, looked } = await findSource(searched, clock);
  if (source?.kind === "file") {
    const files = expandPatterns(source.files).files.filter(hasLogHistory);
    if (files.length > 0) return { source: { ...source, files } };
    return { looked: source.files.map((where) => ({ where, found: "nothing to read" })) };
  }
  if (source?.kind === "none") return { looked };
  if (source !== undefined) return { source };
  if (searched.jail.config.source.kind === "container") return { looked };
  const files = rotatedOnly(searched.definition);
  return files.length === 0 ? { looked } : { source: { kind: "file", files } };
}

function rotatedOnly({ files }: FilterDefinition): readonly string[] {
  return expandPatterns(files).files.filter(hasLogHistory);
}

function describeSource(source: ReadSource): string {
  switch (source.kind) {
    case "file":
      return source.shownAs ?? source.files.join(", ");
    case "journal":
      return "the journal";
    case "stdin":
      return "standard input";
    case "command":
      return source.argv[0] ?? "a command";
  }
}
