/**
 * Shows what filters recognize in a log, line by line, with the daemon's own functions (invariant 9), but without
 * windows, bans or memory of earlier runs. Bounded: the summary keeps a limited number of addresses and shapes, and
 * counts the rest.
 */
import { type AttemptCounter, createAttemptCounter } from "../detect/attempts.ts";
import type { TrustedProxies } from "../detect/trusted-proxies.ts";
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { Match, MatchKind, Via } from "../domain/match.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { LinePlace, LineRouter, LineSink } from "../parse/route/line-sink.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import { type ReadProgress, readOnce } from "../source/file/read-once.ts";
import { refuteClaim } from "./refute-claim.ts";
import { ClientResolver, lineAt } from "./client-resolver.ts";
import { earliestOffset, findLogEnd } from "./log-end.ts";
import { otherClientIn } from "./other-client.ts";
import { LineNumbers } from "./scan/line-numbers.ts";
import { ScanTally, type ScanSummary } from "./scan/scan-tally.ts";

export type { ScanSummary, Shape } from "./scan/scan-tally.ts";

/** One line of `scan --json`; stable output, see docs/reference. */
export interface ScannedLine {
  /** That of a record's first line. */
  readonly line: number;
  readonly kind: MatchKind | "none";
  /** The peer's address. If the line has a host name instead, that name, which is never resolved, counted or banned. */
  readonly ip: string | null;
  readonly user: string | null;
  /** The time in the line; null if it has none, or no rule matched. */
  readonly at: Instant | null;
  readonly rule: string | null;
  /** Number of new failed attempts: 0 on a line about an attempt already counted, n for a repeated message. */
  readonly counts: number;
  /** Set if a trusted proxy reported the address. */
  readonly via?: Via | undefined;
  /** Name of the filter, if several are used. */
  readonly filter?: string;
}

export interface ScanOptions {
  readonly path: string;
  readonly filters: readonly Filter[];
  /** Proxies that are trusted to report the client's address; undefined: none. */
  readonly proxies?: TrustedProxies | undefined;
  /** Whether the log belongs to the filter alone: see `RoutedFilter`. */
  readonly owned?: boolean;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly signal: AbortSignal;
  /** Called for every line, in order; omitted if only the summary is wanted. */
  readonly onLine?: ((line: ScannedLine) => void) | undefined;
  /** Called for every line that concerns a filter and that no rule of any filter matched, with its number. */
  readonly onUnmatched?: ((text: string, line: number) => void) | undefined;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

export async function scan(options: ScanOptions): Promise<ScanSummary> {
  const { path, signal, clock } = options;
  const scanner = new LineScanner(options);
  let cut = 0;
  const onProgress = (progress: ReadProgress): void => {
    cut = progress.cutLines;
    options.onProgress?.(progress);
  };
  const offset = earliestOffset(options.localOffset, options.filters);
  const now = findLogEnd(path, clock.now(), offset);
  const { filters } = options;
  const start = unjoinedFilters(filters).length === 0 ? filters[0]?.begins : undefined;
  for await (const batch of readOnce({ path, signal, onProgress, start })) scanner.read(batch, now);
  return scanner.summary(cut);
}

/**
 * Names the filters whose records of several lines are not joined: all that have such records, unless the records of all
 * filters begin alike. The lines of a scan are reported in order, so there is one way to read them.
 */
export function unjoinedFilters(filters: readonly Filter[]): readonly string[] {
  const areAlike = filters.every(({ begins }) => begins?.id === filters[0]?.begins?.id);
  return areAlike ? [] : filters.flatMap(({ name, begins }) => (begins === undefined ? [] : name));
}

/** Scans the batches of one log in order. */
class LineScanner implements LineSink {
  readonly #filters: readonly Filter[];
  readonly #onLine: ScanOptions["onLine"];
  readonly #onUnmatched: ScanOptions["onUnmatched"];
  readonly #attempts: readonly AttemptCounter[];
  readonly #clients: readonly (ClientResolver | undefined)[];
  readonly #router: LineRouter;
  readonly #tally = new ScanTally();
  #text = "";
  #records: LineBatch["records"];
  #numbers = new LineNumbers(1, undefined);
  /** The number of the next batch's first line. */
  #nextNumber = 1;
  /** The next line of the batch to be reported. */
  #next = 0;
  /** The last line of the batch that a filter saw; several may see it. */
  #seen = -1;
  /** The last line of the batch that a rule matched. */
  #matched = -1;

  constructor({ filters, proxies, owned, localOffset, onLine, onUnmatched }: ScanOptions) {
    this.#filters = filters;
    this.#onLine = onLine;
    this.#onUnmatched = onUnmatched;
    this.#attempts = filters.map(() => createAttemptCounter());
    this.#clients = filters.map((filter) => proxies && new ClientResolver(filter, proxies));
    const owns = owned === true ? () => true : undefined;
    const routed = filters.map((filter) => ({ filter, accepts: undefined, owns }));
    this.#router = createLineRouter(routed, localOffset);
  }

  read(batch: LineBatch, now: Instant): void {
    this.#text = batch.text;
    this.#records = batch.records;
    this.#numbers = new LineNumbers(this.#nextNumber, batch.records);
    this.#next = 0;
    this.#seen = -1;
    this.#matched = -1;
    const { lines, overLimit, unknownColumns } = this.#router.route(asBacklog(batch), now, this);
    this.#reportSilent(lines);
    this.#tally.addLines(lines, overLimit);
    if (unknownColumns !== undefined) this.#tally.noteUnknownColumns(unknownColumns);
    this.#nextNumber = this.#numbers.of(lines);
  }

  matched(entry: number, found: Match, place: LinePlace): void {
    const resolved = this.#clients[entry]?.resolve(found, this.#text, place);
    if (resolved?.kind === "hidden" && found.kind === "failure")
      this.#tally.addHidden(resolved, found);
    const isHidden = resolved?.kind === "hidden" || this.#isOfPossibleProxy(entry, found, place);
    const client = resolved?.kind === "match" ? resolved.match : found;
    const match = refuteClaim(this.#filters[entry] ?? {}, client);
    const attempt = (isHidden ? undefined : this.#attempts[entry]?.observe(match)) ?? {
      ip: undefined,
      user: match.user,
      counts: 0,
      unaddressed: 0,
    };
    const kind = kindOf(match, attempt);
    this.#see(place);
    this.#matched = place.number;
    if (!match.isTimed && this.#statesFormat(entry)) this.#tally.addUnstamped();
    this.#tally.addMatch(match, kind, attempt);
    if (this.#onLine === undefined) return;
    this.#reportSilent(place.number);
    this.#next = place.number + 1;
    this.#onLine({
      line: this.#numbers.of(place.number),
      kind,
      ip: attempt.ip ?? match.host ?? null,
      user: match.user ?? attempt.user ?? null,
      at: match.isTimed ? match.at : null,
      rule: match.rule,
      counts: attempt.counts,
      ...(match.via === undefined ? {} : { via: match.via }),
      ...(this.#filters.length > 1 ? { filter: this.#filters[entry]?.name ?? "" } : {}),
    });
  }

  /** The daemon reports such a peer instead of banning it, so its failures count against nobody. */
  #isOfPossibleProxy(entry: number, { kind, ip }: Match, place: LinePlace): boolean {
    const filter = this.#filters[entry];
    if (filter === undefined || this.#clients[entry] !== undefined) return false;
    if (kind !== "failure" || ip === undefined) return false;
    const other = otherClientIn(filter, ip, () => lineAt(this.#text, place));
    if (other !== undefined) this.#tally.addPossibleProxy(ip);
    return other !== undefined;
  }

  #statesFormat(entry: number): boolean {
    return this.#filters[entry]?.times?.format !== undefined;
  }

  unrecognized(entries: readonly number[], place: LinePlace): void {
    this.#see(place);
    if (place.number === this.#matched) return;
    if (place.lacksStamp && entries.some((entry) => this.#statesFormat(entry)))
      this.#tally.addUnstamped();
    const line = this.#numbers.of(place.number);
    this.#onUnmatched?.(this.#text.slice(place.start, place.end), line);
    if (this.#isDoubted(place)) this.#tally.addDoubted();
    else this.#tally.addUnrecognized(this.#text, place, line);
  }

  /** Returns whether the line may be within quotes of a row of CSV. */
  #isDoubted({ number }: LinePlace): boolean {
    return (
      this.#filters[0]?.begins?.quotes !== undefined && this.#records?.[number]?.begins === false
    );
  }

  #see({ number }: LinePlace): void {
    if (number !== this.#seen) this.#tally.addSeen();
    this.#seen = number;
  }

  /** Reports lines that concern no filter, together with the next line that does. */
  #reportSilent(until: number): void {
    if (this.#onLine !== undefined)
      while (this.#next < until) this.#onLine(silentLine(this.#numbers.of(this.#next++)));
    this.#next = until;
  }

  summary(cut: number): ScanSummary {
    return this.#tally.summary(cut);
  }
}

/** Returns the kind to report. A failure without an address or a known session is context, like a pending line. */
function kindOf(
  match: Match,
  attempt: { readonly ip: unknown; readonly counts: number },
): MatchKind {
  if (attempt.counts > 0) return "failure";
  return match.kind === "failure" && attempt.ip === undefined && match.host === undefined
    ? "pending"
    : match.kind;
}

/** Converts a batch to backlog, because every line of a scan happened at its timestamp. */
function asBacklog(batch: LineBatch): LineBatch {
  return batch.arrival === "backlog" ? batch : { ...batch, arrival: "backlog" };
}

function silentLine(line: number): ScannedLine {
  return { line, kind: "none", ip: null, user: null, at: null, rule: null, counts: 0 };
}
