/**
 * Routes a batch of lines to the filters that concern them. Parses one header per line, dispatches by program, then
 * queries the rule index of that program. The cost per line does not grow with the number of filters. Owns only reused
 * scratch space and a little state of each log; bounded by the filters given.
 */
import type { Instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineBatch } from "../../domain/line-batch.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import { NO_READING, createCurrentLine } from "./current-line.ts";
import { forgetCachedHeader } from "../header/cached-header.ts";
import { type Header, createHeader } from "../header/header.ts";
import { isAscii } from "../is-ascii.ts";
import { readHeader } from "../header/read-header.ts";
import { isColored, stripColors } from "../structured/strip-colors.ts";
import { joinerAt } from "./resume-pieces.ts";
import { MatchReader } from "./read-match.ts";
import { ContainerPrefixes } from "./container-prefix.ts";
import type { Followed } from "./followed.ts";
import { FailedLineCount } from "./failed-line-count.ts";
import { OverLimit } from "./over-limit.ts";
import { MessageRouter } from "./message-router.ts";
import { createPlace, lacksStamp, MessageSearch, type MutablePlace } from "./message-search.ts";
import { createUnheadedLog, type UnheadedLog } from "./unheaded-log.ts";
import type { LineRouter, LineSink, Routed } from "./line-sink.ts";
import type { RoutedFilter } from "./routed-filter.ts";
import type { IndexedFilter } from "./rule-index.ts";
import { RuleLiterals } from "./rule-literals.ts";
import { RULES_EFFORT } from "../expression/search-effort.ts";
import { formatsOf } from "../filter/stated-times.ts";
import { createNamedLines, type NamedLines } from "./named-lines.ts";
import { createStampContext, setMoment } from "../header/stamp.ts";
import { StreamMemory, createStreamMemories } from "./stream-memory.ts";
import type { LocalOffset } from "../header/timestamp.ts";
import {
  type ContainerPiece,
  dockerOpening,
  type JoinedLine,
  type PieceJoiner,
  unwrapCri,
  unwrapCutDocker,
  unwrapDocker,
} from "../structured/unwrap-container.ts";

export function createLineRouter(
  routed: readonly RoutedFilter[],
  localOffset: LocalOffset,
  followed?: Followed,
): LineRouter {
  return new Router(routed, localOffset, followed);
}

class Router implements LineRouter {
  readonly #indexed: readonly IndexedFilter[];
  readonly #recognizers: readonly { readonly entry: number; readonly recognizer: LineRecognizer }[];
  // Objects reused for all lines: allocating them per line would cost more than parsing the line.
  readonly #header: Header;
  readonly #place: MutablePlace = createPlace();
  readonly #line = createCurrentLine();
  readonly #matches: MatchReader;
  readonly #memoryOf: (key: string) => StreamMemory;
  #memory = new StreamMemory();
  readonly #isFollowed: boolean;
  readonly #named: NamedLines | undefined;
  #batch: Pick<LineBatch, "before" | "content"> = {};
  readonly #failed = new FailedLineCount();
  readonly #prefixes: ContainerPrefixes;
  readonly #overLimit: OverLimit;
  readonly #search: MessageSearch;
  readonly #literals: RuleLiterals;
  readonly #messages: MessageRouter;
  readonly #unheaded: UnheadedLog | undefined;

  constructor(
    routed: readonly RoutedFilter[],
    localOffset: LocalOffset,
    followed: Followed | undefined,
  ) {
    const filters = routed.map(({ filter }) => filter);
    this.#header = createHeader(createStampContext(localOffset), formatsOf(filters));
    this.#isFollowed = followed !== undefined;
    this.#memoryOf = createStreamMemories();
    this.#prefixes = new ContainerPrefixes(filters);
    this.#named = createNamedLines(filters);
    const all = filters.map((filter, entry) => ({ entry, filter }));
    this.#indexed = all.filter(({ filter }) => filter.createRecognizer === undefined);
    this.#recognizers = all.flatMap(({ entry, filter }) => {
      const recognizer = filter.createRecognizer?.(localOffset);
      return recognizer === undefined ? [] : [{ entry, recognizer }];
    });
    this.#overLimit = new OverLimit(this.#line.effort, this.#recognizers);
    this.#matches = new MatchReader(this.#header, this.#line, localOffset, followed?.clocks ?? []);
    this.#search = new MessageSearch(routed, this.#line, this.#matches, this.#place, this.#header);
    this.#literals = new RuleLiterals(this.#indexed.map(({ filter }) => filter));
    const reading = {
      ...{ header: this.#header, line: this.#line, place: this.#place },
      ...{ matches: this.#matches, search: this.#search, literals: this.#literals },
    };
    this.#messages = new MessageRouter(this.#indexed, routed, reading);
    this.#unheaded = createUnheadedLog(this.#indexed, routed, reading);
  }

  *prepare(batch: LineBatch): Generator<void, void> {
    yield* this.#named?.recall(this.#memoryOf(batch.cursor?.key ?? ""), batch) ?? [];
  }

  route(batch: LineBatch, now: Instant, sink: LineSink): Routed {
    this.prepare(batch).forEach(() => undefined);
    const { arrival, cursor, text } = batch;
    const line = this.#line;
    const memory = this.#memoryOf(cursor?.key ?? "");
    this.#memory = memory;
    this.#batch = batch;
    this.#search.begin(sink, memory);
    this.#messages.begin(memory);
    this.#matches.begin(cursor?.key ?? "");
    line.now = now;
    setMoment(this.#header.stamp.context, now);
    line.arrival = arrival;
    // `now` changed: results that depend on it are no longer valid.
    line.reading = NO_READING;
    line.ascii = this.#recognizers.length > 0 && isAscii(text);
    const [overLimit, lines] = [this.#overLimit.count(), this.#routeLines(batch)];
    // Learn from the last line of a batch, whichever program wrote it, so that a wrong clock is known before the first failure.
    if (arrival === "live" && lines > 0 && this.#indexed.length > 0) this.#matches.learnTime(text);
    this.#memory.detach();
    forgetCachedHeader(this.#header);
    this.#search.end();
    this.#literals.forget();
    line.fields = undefined;
    return {
      lines,
      skew: this.#matches.takeSkew(),
      overLimit: this.#overLimit.count() - overLimit,
      failed: this.#failed.take(),
      learned: this.#matches.takeLearned(),
      unknownColumns: memory.takeUnknownColumns(),
    };
  }

  /**
   * Loops over the lines, and does nothing else: V8 optimizes it while it runs, before it has profiled the rest of a
   * larger function.
   */
  #routeLines({ text, fields, records }: LineBatch): number {
    const line = this.#line;
    let number = 0;
    for (let start = 0; start < text.length; number++) {
      const end = text.indexOf("\n", start);
      this.#place.number = number;
      this.#place.start = start;
      // The mark of a cut line is removed here, so rules and recognizers never see it.
      line.isCut = end > start && text.charCodeAt(end - 1) === 0;
      this.#place.end = line.isCut ? end - 1 : end;
      line.fields = fields?.[number];
      line.isHeadless = records?.[number]?.begins === false;
      // Skip a byte order mark, with which some writers begin a file or a message.
      const from = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
      if (line.effort.left < RULES_EFFORT) this.#overLimit.renew();
      try {
        // Filters with recognizers parse the line themselves.
        if (this.#indexed.length > 0) {
          if (!this.#prefixes.isEmpty) this.#routePrefixed(text, from, end);
          else if (isColored(text, from)) this.#routePlain(stripColors(text.slice(from, end)));
          else this.#routeLine(text, from, end);
        }
        if (this.#recognizers.length > 0) this.#offer(text.slice(start, end + 1));
      } catch (error) {
        this.#skipFailed(error);
      }
      start = end + 1;
    }
    return number;
  }

  /**
   * Skips a line that causes an error, so that it costs only that line: retried, it would fail forever and block all
   * later ones.
   */
  #skipFailed(error: unknown): void {
    this.#failed.add(error);
    this.#place.unwrapped = undefined;
    this.#memory.forgetLast();
    this.#line.reading = NO_READING;
  }

  #offer(text: string): void {
    const { ascii, fields, arrival, now, isCut } = this.#line;
    this.#place.message = -1;
    for (const { entry, recognizer } of this.#recognizers) {
      if (!this.#search.isAccepted(entry)) continue;
      for (const match of recognizer.recognize({ text, ascii, fields, arrival, now, isCut }))
        this.#search.sink.matched(entry, match, this.#place);
    }
  }

  /** Routes a line of the container that a filter wants, without the prefix that names it. */
  #routePrefixed(text: string, start: number, end: number): void {
    const read = this.#prefixes.read(text.slice(start, end));
    if (read === undefined) return;
    this.#line.prefix = read.prefix;
    this.#routePlain(read.text);
  }

  /** Routes a line without what was around it. */
  #routePlain(plain: string): void {
    this.#place.unwrapped = `${this.#line.isCut ? plain.slice(0, -1) : plain}\n`;
    this.#routeLine(`${plain}\n`, 0, plain.length);
    this.#place.unwrapped = undefined;
    this.#memory.forgetLast();
  }

  #routeLine(text: string, start: number, end: number): void {
    const { fields } = this.#line;
    if (fields === undefined) this.#routeText(text, start, end);
    else this.#messages.routeFields(fields, text, start, end);
  }

  /** Routes a line that may have a header. */
  #routeText(text: string, start: number, end: number): void {
    const line = this.#line;
    line.wrappedAt = undefined;
    if (this.#named !== undefined && this.#routeNamed(text.slice(start, end))) return;
    const docker = text.startsWith("{", start) ? unwrapDocker(text, start, end) : undefined;
    readHeader(text, start, end, this.#header);
    line.pid = this.#header.pid;
    if (docker !== undefined) {
      this.#memory.forgetLast();
      // Rules may match the object itself.
      if (this.#messages.bareIndex.hasRecords)
        this.#search.consult(this.#messages.bareIndex, text, start, end);
      else line.recognizers = 0;
      if (line.recognizers === 0) this.#routePiece(docker, this.#matches.timeIn(docker.time));
    } else if (this.#header.isContainer)
      this.#routePiece(unwrapCri(text, end, this.#header), this.#matches.headTime());
    else if (line.isCut && dockerOpening(text, start) > 0) this.#routeCutDocker(text, start, end);
    else this.#routeMessage(text, start, end);
  }

  /** Returns whether the line is one of a log that names its columns. */
  #routeNamed(text: string): boolean {
    const record = this.#named?.read(text, this.#line, this.#memory, this.#batch);
    if (record === undefined || record === "") return record !== undefined;
    this.#routeUnwrapped(record, record);
    return true;
  }

  #routeMessage(text: string, start: number, end: number): void {
    const { formats } = this.#header;
    if (formats.length > 0) this.#place.lacksStamp = lacksStamp(this.#header, this.#line);
    this.#messages.route(text, start, end);
    this.#unheaded?.note(text, end, this.#memory);
  }

  #routePiece(piece: ContainerPiece, at: Instant | undefined): void {
    const how = this.#line.isCut ? "cut" : "whole";
    this.#routeJoined(this.#joiner.join(piece, how), at, piece.stream);
  }

  /** Joins pieces. The first lines of a log that is followed come from the middle of it. */
  get #joiner(): PieceJoiner {
    return joinerAt(this.#memory, this.#batch, this.#isFollowed, this.#line.now);
  }

  /** Routes a cut JSON line of Docker. Its time is after the cut: unless the line is live, its time is unknown. */
  #routeCutDocker(text: string, start: number, end: number): void {
    const { arrival, now } = this.#line;
    const said = unwrapCutDocker(text, start, end - 1);
    const joined = said === undefined ? undefined : this.#joiner.joinCut(said);
    if (arrival === "live") this.#routeJoined(joined, now, "");
  }

  /** Routes a container program's complete line. `at` is the runtime's time. */
  #routeJoined(joined: JoinedLine | undefined, at: Instant | undefined, stream: string): void {
    if (joined === undefined) return;
    const line = this.#line;
    const [isCut, wasCut] = [joined.isCut, line.isCut];
    const plain = isColored(joined.text, 0) ? stripColors(joined.text) : joined.text;
    const record = isCut
      ? undefined
      : this.#named?.read(plain, line, this.#memory, this.#batch, stream);
    if (record === "") return;
    const text = record ?? `${plain}${isCut ? CUT_MARK : ""}\n`;
    line.isCut = isCut;
    line.wrappedAt = at ?? line.now;
    this.#routeUnwrapped(text, isCut ? `${plain}\n` : text);
    // Recognizers get the line as written.
    line.isCut = wasCut;
  }

  /** Routes a text that is no part of the batch. The sink gets `shown`, without the mark of a cut. */
  #routeUnwrapped(text: string, shown: string): void {
    readHeader(text, 0, text.length - 1, this.#header);
    this.#line.pid = this.#header.pid;
    this.#place.unwrapped = shown;
    this.#routeMessage(text, 0, text.length - 1);
    this.#place.unwrapped = undefined;
    // It was stored as a whole, so "message repeated" is a program's own text.
    this.#memory.forgetLast();
  }
}
