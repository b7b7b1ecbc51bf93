/**
 * What filters make of a log, line by line: the very functions the daemon uses (invariant 9), without windows, bans
 * or memory of earlier runs. Bounded: what the summary keeps of addresses and shapes has a bound, the rest is only counted.
 */
import { createAttemptCounter } from "../detect/attempts.ts";
import type { Clock } from "../domain/clock.ts";
import type { Ip } from "../domain/ip.ts";
import type { Instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { Match, MatchKind } from "../domain/match.ts";
import { detachString } from "../domain/detach-string.ts";
import { isUnaddressed, noteUnaddressed, type Unaddressed } from "../jails/unaddressed.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { LinePlace } from "../parse/route/line-sink.ts";
import { shapeOf } from "../health/drift/shape.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import { type ReadProgress, readOnce } from "../source/file/read-once.ts";
import { type AddressTally, createAddressTally } from "./scan/address-tally.ts";

/** One line of `scan --json`; a contract, see docs/reference. */
export interface ScannedLine {
  readonly line: number;
  readonly kind: MatchKind | "none";
  /** The peer's address; where the line names a host instead, that name, which is never resolved, counted or banned. */
  readonly ip: string | null;
  readonly user: string | null;
  /** When the line says it happened; null when it does not say, or no rule matched. */
  readonly at: Instant | null;
  readonly rule: string | null;
  /** New failed attempts: 0 on a line about an attempt already counted, n for a repeated message. */
  readonly counts: number;
  /** Only when several filters are asked. */
  readonly filter?: string;
}

export interface ScanSummary {
  readonly lines: number;
  readonly kinds: Readonly<Record<MatchKind, number>>;
  /** Failures that count for nobody; undefined: none. */
  readonly unaddressed: Unaddressed | undefined;
  /** Attempts, after the lines about one attempt were joined. */
  readonly attempts: number;
  readonly unrecognized: number;
  readonly cut: number;
  /** Lines that rules gave up because they took too long. */
  readonly givenUp: number;
  readonly rules: ReadonlyMap<string, number>;
  readonly addresses: AddressTally;
  readonly shapes: ReadonlyMap<string, Shape>;
}

export interface Shape {
  readonly count: number;
  readonly firstLine: number;
  readonly example: string;
}

export interface ScanOptions {
  readonly path: string;
  readonly filters: readonly Filter[];
  /** The log is the filter's alone: see RoutedFilter. */
  readonly owned?: boolean;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly signal: AbortSignal;
  /** Every line, in order; left out when only the summary is wanted. */
  readonly onLine?: ((line: ScannedLine) => void) | undefined;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

const MAX_SHAPES = 500;

export async function scan(options: ScanOptions): Promise<ScanSummary> {
  const { filters, clock, onLine } = options;
  const tally = createTally();
  const attempts = filters.map(() => createAttemptCounter());
  const router = createLineRouter(
    filters.map((filter) => ({
      filter,
      accepts: undefined,
      owns: options.owned === true ? () => true : undefined,
    })),
    options.localOffset,
  );
  const several = filters.length > 1;
  let text = "";
  let base = 1;
  let next = 0;

  /** Lines that concerned no filter are told of when the next one does. */
  const tellSilent = (until: number): void => {
    if (onLine !== undefined) while (next < until) onLine(silentLine(base + next++));
    next = until;
  };

  const sink = {
    matched(entry: number, match: Match, place: LinePlace): void {
      const attempt = attempts[entry]?.observe(match) ?? {
        ip: match.ip,
        user: match.user,
        counts: 0,
      };
      const told = kindOf(match, attempt);
      tally.matched(match, told, attempt);
      if (onLine === undefined) return;
      tellSilent(place.number);
      next = place.number + 1;
      onLine({
        line: base + place.number,
        kind: told,
        ip: attempt.ip ?? match.host ?? null,
        user: match.user ?? attempt.user ?? null,
        at: match.isTimed ? match.at : null,
        rule: match.rule,
        counts: attempt.counts,
        ...(several ? { filter: filters[entry]?.name ?? "" } : {}),
      });
    },
    unrecognized(_entries: readonly number[], place: LinePlace): void {
      tally.unrecognized(text, place, base + place.number);
    },
  };

  let cut = 0;
  const onProgress = (progress: ReadProgress): void => {
    cut = progress.cutLines;
    options.onProgress?.(progress);
  };
  for await (const batch of readOnce({ path: options.path, signal: options.signal, onProgress })) {
    text = batch.text;
    next = 0;
    const { lines, givenUp } = router.route(asBacklog(batch), clock.now(), sink);
    tellSilent(lines);
    tally.lines(lines, givenUp);
    base += lines;
  }
  return tally.summary(cut);
}

/** A failure that names no address and belongs to no known session is context, like a pending line. */
function kindOf(
  match: Match,
  attempt: { readonly ip: unknown; readonly counts: number },
): MatchKind {
  if (attempt.counts > 0) return "failure";
  return match.kind === "failure" && attempt.ip === undefined && match.host === undefined
    ? "pending"
    : match.kind;
}

/** Whatever is read in a scan happened when its stamp says. */
function asBacklog(batch: LineBatch): LineBatch {
  return batch.arrival === "backlog" ? batch : { ...batch, arrival: "backlog" };
}

function silentLine(line: number): ScannedLine {
  return { line, kind: "none", ip: null, user: null, at: null, rule: null, counts: 0 };
}

/** In objects, which are counted up in place: to set a map's entry costs as much again as to find it. */
function countIn<K>(counts: Map<K, { lines: number }>, key: K): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { lines: 1 });
  else known.lines++;
}

interface Tally {
  lines(count: number, givenUp: number): void;
  matched(
    match: Match,
    kind: MatchKind,
    attempt: { readonly ip: Ip | undefined; readonly counts: number },
  ): void;
  unrecognized(text: string, place: LinePlace, number: number): void;
  summary(cut: number): ScanSummary;
}

function createTally(): Tally {
  const kinds = new Map<MatchKind, { lines: number }>();
  const rules = new Map<string, { lines: number }>();
  const addresses = createAddressTally();
  const shapes = new Map<
    string,
    { count: number; readonly firstLine: number; readonly example: string }
  >();
  let lines = 0;
  let givenUp = 0;
  let attempts = 0;
  let unaddressed: Unaddressed | undefined;
  let unrecognized = 0;

  return {
    lines(count, gaveUp) {
      lines += count;
      givenUp += gaveUp;
    },
    matched(match, kind, { ip, counts }) {
      countIn(kinds, kind);
      countIn(rules, match.rule);
      if (match.kind === "failure" && isUnaddressed(match, ip))
        unaddressed = noteUnaddressed(unaddressed, match);
      if (counts === 0 || ip === undefined) return;
      attempts += counts;
      addresses.add(ip, counts);
    },
    unrecognized(text, place, number) {
      unrecognized++;
      const message =
        place.said?.slice(place.message).trimEnd() ?? text.slice(place.message, place.end);
      const shape = shapeOf(message);
      const known = shapes.get(shape);
      if (known !== undefined) known.count++;
      else if (shapes.size < MAX_SHAPES)
        shapes.set(shape, { count: 1, firstLine: number, example: detachString(message) });
    },
    summary: (cut) => ({
      lines,
      kinds: {
        failure: kinds.get("failure")?.lines ?? 0,
        success: kinds.get("success")?.lines ?? 0,
        neutral: kinds.get("neutral")?.lines ?? 0,
        pending: kinds.get("pending")?.lines ?? 0,
      },
      attempts,
      unaddressed,
      unrecognized,
      cut,
      givenUp,
      rules: new Map([...rules].map(([rule, count]) => [rule, count.lines])),
      addresses,
      shapes,
    }),
  };
}
