/** Counts what `scan` finds, for its summary. Bounded: MAX_SHAPES, and the addresses of AddressTally. */
import type { Attempt } from "../../detect/attempts.ts";
import { detachString } from "../../domain/detach-string.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Match, MatchKind } from "../../domain/match.ts";
import { shapeOf } from "../../health/drift/shape.ts";
import { type HiddenClients, noteHiddenClient } from "../../jails/hidden-clients.ts";
import { noteUnaddressed, type Unaddressed } from "../../jails/unaddressed.ts";
import type { UnknownColumns } from "../../parse/route/unknown-columns.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";
import type { HiddenClient } from "../client-resolver.ts";
import { AddressTally } from "./address-tally.ts";

export interface ScanSummary {
  readonly lines: number;
  readonly kinds: Readonly<Record<MatchKind, number>>;
  /** Failures that count against no subject; undefined: none. */
  readonly unaddressed: Unaddressed | undefined;
  /** Failures that came through trusted proxies without a client's address; undefined: none. */
  readonly hidden: HiddenClients | undefined;
  /** Failures whose lines name another client than their peer, which is not in `proxies`; undefined: none. */
  readonly possibleProxy: PossibleProxy | undefined;
  /** Number of attempts, after the lines about one attempt were joined. */
  readonly attempts: number;
  readonly unrecognized: number;
  /** Those of them that may be within quotes of a row of CSV, so that no rule was asked about them. */
  readonly doubted: number;
  /** Number of lines of other programs, or without a valid header, which no filter gets. */
  readonly skipped: number;
  readonly cut: number;
  /** Number of lines on which rules gave up because they took too long. */
  readonly overLimit: number;
  /** Why rows of a CSV log could not be read; undefined: they could. */
  readonly unknownColumns: UnknownColumns | undefined;
  /** Lines whose time does not have the form that a filter states. */
  readonly unstamped: number;
  readonly rules: ReadonlyMap<string, number>;
  readonly addresses: AddressTally;
  readonly shapes: ReadonlyMap<string, Shape>;
}

export interface PossibleProxy {
  /** That of the last such failure. */
  readonly peer: Ip;
  readonly failures: number;
}

export interface Shape {
  readonly count: number;
  readonly firstLine: number;
  readonly example: string;
}

const MAX_SHAPES = 500;

/** Counts in objects, which are incremented in place: setting a map's entry costs as much again as finding it. */
function countIn<K>(counts: Map<K, { lines: number }>, key: K): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { lines: 1 });
  else known.lines++;
}

export class ScanTally {
  readonly #kinds = new Map<MatchKind, { lines: number }>();
  readonly #rules = new Map<string, { lines: number }>();
  readonly #addresses = new AddressTally();
  readonly #shapes = new Map<string, Shape & { count: number }>();
  #lines = 0;
  #seen = 0;
  #overLimit = 0;
  #unknownColumns: UnknownColumns | undefined;
  #attempts = 0;
  #unaddressed: Unaddressed | undefined;
  #hidden: HiddenClients | undefined;
  #possibleProxy: PossibleProxy | undefined;
  #unrecognized = 0;
  #doubted = 0;
  #unstamped = 0;

  noteUnknownColumns(unknown: UnknownColumns): void {
    this.#unknownColumns = unknown;
  }

  addLines(count: number, overLimit: number): void {
    this.#lines += count;
    this.#overLimit += overLimit;
  }

  addUnstamped(): void {
    this.#unstamped++;
  }

  addSeen(): void {
    this.#seen++;
  }

  addPossibleProxy(peer: Ip): void {
    this.#possibleProxy = { peer, failures: (this.#possibleProxy?.failures ?? 0) + 1 };
  }

  addHidden(hidden: HiddenClient, match: Match): void {
    this.#hidden = noteHiddenClient(this.#hidden, hidden, match);
  }

  addMatch(
    match: Match,
    kind: MatchKind,
    { ip, counts, unaddressed }: Pick<Attempt, "ip" | "counts" | "unaddressed">,
  ): void {
    countIn(this.#kinds, kind);
    countIn(this.#rules, match.rule);
    if (unaddressed !== 0)
      this.#unaddressed = noteUnaddressed(this.#unaddressed, match, unaddressed);
    if (counts === 0 || ip === undefined) return;
    this.#attempts += counts;
    this.#addresses.add(ip, counts);
  }

  addDoubted(): void {
    this.#unrecognized++;
    this.#doubted++;
  }

  addUnrecognized(text: string, place: LinePlace, number: number): void {
    this.#unrecognized++;
    const message =
      place.unwrapped?.slice(place.message).trimEnd() ?? text.slice(place.message, place.end);
    const shape = shapeOf(message);
    const known = this.#shapes.get(shape);
    if (known !== undefined) known.count++;
    else if (this.#shapes.size < MAX_SHAPES)
      this.#shapes.set(shape, { count: 1, firstLine: number, example: detachString(message) });
  }

  summary(cut: number): ScanSummary {
    const linesOf = (kind: MatchKind): number => this.#kinds.get(kind)?.lines ?? 0;
    return {
      lines: this.#lines,
      kinds: {
        failure: linesOf("failure"),
        success: linesOf("success"),
        neutral: linesOf("neutral"),
        pending: linesOf("pending"),
      },
      attempts: this.#attempts,
      unaddressed: this.#unaddressed,
      hidden: this.#hidden,
      possibleProxy: this.#possibleProxy,
      unrecognized: this.#unrecognized,
      doubted: this.#doubted,
      unstamped: this.#unstamped,
      skipped: this.#lines - this.#seen,
      cut,
      overLimit: this.#overLimit,
      unknownColumns: this.#unknownColumns,
      rules: new Map([...this.#rules].map(([rule, count]) => [rule, count.lines])),
      addresses: this.#addresses,
      shapes: this.#shapes,
    };
  }
}
