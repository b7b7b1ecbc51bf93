/**
 * Takes a batch of lines to the filters that concern them: one header read per line, dispatch by program,
 * then the rule index of that program. Cost per line does not grow with the number of filters.
 * Owns only reused scratch space and a little memory of each log; bounded by the filters given.
 */
import type { Instant } from "../domain/instant.ts";
import { CUT_MARK, type LineBatch, type LineFields } from "../domain/line-batch.ts";
import type { LineRecognizer } from "../domain/line-recognizer.ts";
import type { Filter } from "./compile-filter.ts";
import { NO_READING, createCurrentLine } from "./current-line.ts";
import { type Header, createHeader } from "./header.ts";
import { isAscii } from "./is-ascii.ts";
import type { ClockDifference } from "./place-in-time.ts";
import { isHeaded } from "./program-names.ts";
import { type ProgramTable, createProgramTable } from "./program-table.ts";
import { readHeader } from "./read-header.ts";
import { MatchReader } from "./read-match.ts";
import { MessageSearch, type MutablePlace } from "./message-search.ts";
import type { FailedLines, LineSink, Routed } from "./line-sink.ts";
import { mayRepeat, readLineRepeat } from "./repeated.ts";
import { type IndexedFilter, type RuleIndex, createRuleIndex } from "./rule-index.ts";
import { RULES_EFFORT } from "./search-effort.ts";
import { createStampContext, setMoment } from "./stamp.ts";
import { StreamMemory, createStreamMemories } from "./stream-memory.ts";
import type { LocalOffset } from "./timestamp.ts";
import {
  type ContainerPiece,
  DOCKER_OPENING,
  type JoinedLine,
  unwrapCri,
  unwrapCutDocker,
  unwrapDocker,
} from "./unwrap-container.ts";

export interface RoutedFilter {
  readonly filter: Filter;
  /** For sources with trusted fields: whether the line is this filter's at all. */
  readonly accepts: ((fields: LineFields) => boolean) | undefined;
  /**
   * The source was named for this filter: whether a line of it that no program of the filter is named in is the filter's
   * all the same. Without it only lines of its programs are.
   */
  readonly owns?: ((fields: LineFields | undefined) => boolean) | undefined;
}

export interface LineRouter {
  route(batch: LineBatch, now: Instant, sink: LineSink): Routed;
}

/** A filter that the source was named for. */
class Owner {
  readonly entry: number;
  readonly owns: (fields: LineFields | undefined) => boolean;
  readonly #filter: IndexedFilter;
  #index: RuleIndex | undefined;

  constructor(filter: IndexedFilter, owns: Owner["owns"]) {
    this.entry = filter.entry;
    this.owns = owns;
    this.#filter = filter;
  }

  /** Made for the first line that names another program; most logs have none. */
  get index(): RuleIndex {
    this.#index ??= createRuleIndex([this.#filter]);
    return this.#index;
  }
}

/** Logs that are followed: the first lines come from the middle of them. */
export interface Followed {
  /** What was learned of the hosts' clocks before. */
  readonly clocks: readonly ClockDifference[] | undefined;
}

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
  readonly #programs: ProgramTable;
  readonly #anyProgram: RuleIndex;
  /** Filters the source was named for. */
  readonly #owners: readonly Owner[];
  /** For lines that name no program; most logs have none, so it is made for the first. */
  #bare: RuleIndex | undefined;
  // One of each for the life of the router: allocating them per line would cost more than reading the line.
  readonly #header: Header;
  readonly #place: MutablePlace = { number: 0, start: 0, end: 0, message: 0, said: undefined };
  readonly #line = createCurrentLine();
  readonly #matches: MatchReader;
  readonly #memoryOf: (key: string) => StreamMemory;
  #memory = new StreamMemory();
  #failed: FailedLines | undefined;
  /** Lines that rules gave up. */
  #givenUp = 0;
  readonly #search: MessageSearch;

  constructor(
    routed: readonly RoutedFilter[],
    localOffset: LocalOffset,
    followed: Followed | undefined,
  ) {
    this.#header = createHeader(createStampContext(localOffset));
    this.#memoryOf = createStreamMemories(followed === undefined ? "start" : "middle");
    const all = routed.map(({ filter }, entry) => ({ entry, filter }));
    this.#indexed = all.filter(({ filter }) => filter.createRecognizer === undefined);
    this.#recognizers = all.flatMap(({ entry, filter }) => {
      const recognizer = filter.createRecognizer?.(localOffset);
      return recognizer === undefined ? [] : [{ entry, recognizer }];
    });
    this.#programs = createProgramTable(this.#indexed);
    this.#anyProgram = createRuleIndex(
      this.#indexed.filter(({ filter }) => filter.programs.length === 0),
    );
    this.#owners = this.#indexed.flatMap((one): readonly Owner[] => {
      const owns = routed[one.entry]?.owns;
      if (owns === undefined || one.filter.programs.length === 0) return [];
      return [new Owner(one, owns)];
    });
    this.#matches = new MatchReader(this.#header, this.#line, localOffset, followed?.clocks ?? []);
    this.#search = new MessageSearch(routed, this.#line, this.#matches, this.#place);
  }

  route(batch: LineBatch, now: Instant, sink: LineSink): Routed {
    const { text, fields, arrival, cursor } = batch;
    const line = this.#line;
    const memory = this.#memoryOf(cursor?.key ?? "");
    this.#memory = memory;
    this.#search.begin(sink, memory);
    line.now = now;
    setMoment(this.#header.stamp.context, now);
    line.arrival = arrival;
    // Another `now`: what was worked out with the last one no longer holds.
    line.reading = NO_READING;
    line.ascii = this.#recognizers.length > 0 && isAscii(text);
    const givenUp = this.#countGivenUp();
    this.#failed = undefined;
    const lines = this.#routeLines(text, fields);
    // From the last line of a batch, whoever wrote it: a wrong clock is known before the first failure comes.
    if (arrival === "live" && lines > 0 && this.#indexed.length > 0) this.#matches.learnTime(text);
    this.#memory.detach();
    this.#header.known.text = "";
    this.#search.end();
    line.fields = undefined;
    return {
      lines,
      skew: this.#matches.takeSkew(),
      givenUp: this.#countGivenUp() - givenUp,
      failed: this.#failed,
      learned: this.#matches.takeLearned(),
    };
  }

  /** Nothing but the loop: V8 optimizes it while it runs, before it knows anything of what would follow in one function. */
  #routeLines(text: string, fields: LineBatch["fields"]): number {
    const line = this.#line;
    let number = 0;
    for (let start = 0; start < text.length; number++) {
      const end = text.indexOf("\n", start);
      this.#place.number = number;
      this.#place.start = start;
      // No rule looks further than the mark of a cut line, and nobody is shown it.
      line.isCut = end > start && text.charCodeAt(end - 1) === 0;
      this.#place.end = line.isCut ? end - 1 : end;
      line.fields = fields?.[number];
      // A byte order mark, as some writers begin a file or a message.
      const from = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
      if (line.effort.left < RULES_EFFORT) this.#renewEffort();
      try {
        if (this.#indexed.length === 0) {
          // Recognizers read the line themselves.
        } else if (line.fields === undefined) this.#routeText(text, from, end);
        else this.#routeFields(line.fields, text, from, end);
        if (this.#recognizers.length > 0) this.#offer(text.slice(start, end + 1));
      } catch (error) {
        this.#skipFailed(error);
      }
      start = end + 1;
    }
    return number;
  }

  /**
   * A line that makes the program fail must cost that line: read again, it would fail for ever, and all that follow wait.
   * What has a code is trouble of the environment, which another reading may not meet.
   */
  #skipFailed(error: unknown): void {
    if (!(error instanceof Error) || "code" in error) throw error;
    this.#place.said = undefined;
    this.#memory.forgetLast();
    this.#line.reading = NO_READING;
    const { lines = 0, reason = error.message } = this.#failed ?? {};
    this.#failed = { lines: lines + 1, reason };
  }

  /** A line before took some of it. */
  #renewEffort(): void {
    const { effort } = this.#line;
    if (effort.givenUp > 0) this.#givenUp++;
    effort.left = RULES_EFFORT;
    effort.givenUp = 0;
  }

  #countGivenUp(): number {
    this.#renewEffort();
    return this.#recognizers.reduce(
      (sum, { recognizer }) => sum + recognizer.givenUp,
      this.#givenUp,
    );
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

  /** A line that carries its own header. */
  #routeText(text: string, start: number, end: number): void {
    const line = this.#line;
    line.wrappedAt = undefined;
    // "{"
    const docker = text.charCodeAt(start) === 123 ? unwrapDocker(text, start, end) : undefined;
    readHeader(text, start, end, this.#header);
    line.pid = this.#header.pid;
    if (docker !== undefined) {
      this.#memory.forgetLast();
      // Rules may be about the very object.
      if (this.#bareIndex().json.length > 0)
        this.#search.consult(this.#bareIndex(), text, start, end);
      else line.recognisers = 0;
      if (line.recognisers === 0) this.#routePiece(docker, this.#matches.timeIn(docker.time));
    } else if (this.#header.isContainer)
      this.#routePiece(unwrapCri(text, end, this.#header), this.#matches.headTime());
    else if (line.isCut && text.startsWith(DOCKER_OPENING, start))
      this.#routeCutDocker(text, start, end);
    else this.#routeMessage(text, end);
  }

  #routePiece(piece: ContainerPiece, at: Instant | undefined): void {
    this.#routeJoined(this.#memory.joiner.join(piece, this.#line.isCut ? "cut" : "whole"), at);
  }

  /** Its time is behind the cut: where the line was not written just now, nobody knows it. */
  #routeCutDocker(text: string, start: number, end: number): void {
    const { arrival, now } = this.#line;
    const said = unwrapCutDocker(text, start, end - 1);
    const joined = said === undefined ? undefined : this.#memory.joiner.joinCut(said);
    if (arrival === "live") this.#routeJoined(joined, now);
  }

  /** What a container's program said, once all of it came; `at` is the runtime's time, whatever the program says. */
  #routeJoined(joined: JoinedLine | undefined, at: Instant | undefined): void {
    if (joined === undefined) return;
    const { isCut } = joined;
    const said = isCut ? joined.text + CUT_MARK : joined.text;
    const text = `${said}\n`;
    readHeader(text, 0, said.length, this.#header);
    this.#line.isCut = isCut;
    this.#line.wrappedAt = at ?? this.#line.now;
    this.#line.pid = this.#header.pid;
    // Nobody is shown the mark.
    this.#place.said = isCut ? `${joined.text}\n` : text;
    this.#routeMessage(text, said.length);
    this.#place.said = undefined;
    // The runtime keeps every line: what repeats another is a program's own text.
    this.#memory.forgetLast();
  }

  /** The header is read. */
  #routeMessage(text: string, end: number): void {
    const { programStart, programEnd, messageStart, bodyStart } = this.#header;
    if (this.#memory.hasLast) {
      if (mayRepeat(text, end, this.#header) && this.#repeatLast(text, end)) return;
      this.#memory.forgetLast();
    }
    if (programEnd === programStart) {
      this.#routeBare(text, end);
      return;
    }
    const index = this.#programs.find(text, programStart, programEnd);
    if (index !== undefined) {
      if (!this.#isWholeKnown(index, text, end)) this.#search.watch(index, text, messageStart, end);
      if (!this.#memory.names.own) this.#memory.names.noteOwn(this.#line.recognisers > 0);
    } else if (this.#owners.length > 0) this.#routeOther(text, end);
    if (this.#anyProgram.entries.length > 0)
      this.#search.watch(this.#anyProgram, text, bodyStart, end);
    // Of a line that is not surely syslog, "last message repeated" may be what a client said.
    if (this.#memory.hasLast && (index !== undefined || this.#header.pid > 0))
      this.#memory.noteWriter(text, this.#header);
  }

  /**
   * A head without host and process id is hardly a syslog daemon's: what looks like a name may be how the program's own
   * line begins.
   */
  #isWholeKnown(index: RuleIndex, text: string, end: number): boolean {
    if (isHeaded(this.#header)) return false;
    this.#search.consult(index, text, this.#header.bodyStart, end);
    return this.#line.recognisers > 0;
  }

  #bareIndex(): RuleIndex {
    this.#bare ??= createRuleIndex(this.#indexed);
    return this.#bare;
  }

  /** No program is named: a message for any filter, and an unknown line of those whose log it is. */
  #routeBare(text: string, end: number): void {
    const { bodyStart, messageStart } = this.#header;
    this.#search.consult(this.#bareIndex(), text, bodyStart, end);
    // A level or a facility before it is the writer's, not the message's.
    if (this.#line.recognisers === 0 && messageStart !== bodyStart)
      this.#search.consult(this.#bareIndex(), text, messageStart, end);
    if (messageStart === end) return;
    if (this.#anyProgram.entries.length > 0) this.#search.report(this.#anyProgram, bodyStart);
    if (this.#memory.names.own) return;
    for (const { index } of this.#owners) this.#search.report(index, bodyStart);
  }

  /** Another program is named, in a log that was named for one filter: the same under another name, or another one. */
  #routeOther(text: string, end: number): void {
    const { names } = this.#memory;
    const { bodyStart, messageStart, hostStart, hostEnd } = this.#header;
    const mayBeOurs = names.mayBeOurs(text, this.#header);
    if (!mayBeOurs && !names.isMissed(text, this.#header)) return;
    for (const { index } of this.#owners) {
      if (mayBeOurs) {
        // What looks like a name may be how the message begins.
        this.#search.consult(index, text, bodyStart, end);
        if (this.#line.recognisers === 0 && !names.own)
          this.#search.consult(index, text, messageStart, end);
      } else this.#search.pass();
      if (this.#line.recognisers > 0) {
        names.noteRecognized(text, this.#header);
        continue;
      }
      if (mayBeOurs) names.noteUnknown(text, this.#header);
      this.#search.report(index, hostEnd > hostStart ? messageStart : bodyStart);
    }
  }

  #routeFields(fields: LineFields, text: string, start: number, end: number): void {
    this.#line.pid = fields.pid;
    const index = this.#programs.byName(fields.program);
    if (index !== undefined) this.#search.watch(index, text, start, end);
    else if (this.#owners.length > 0) this.#routeOtherFields(fields, text, start, end);
    if (this.#anyProgram.entries.length > 0) this.#search.watch(this.#anyProgram, text, start, end);
  }

  /** The process that the journal names hands on what others said: a container runtime, a shell. */
  #routeOtherFields(fields: LineFields, text: string, start: number, end: number): void {
    const header = this.#header;
    for (const { entry, index, owns } of this.#owners) {
      if (!this.#search.isAccepted(entry) || !owns(fields)) continue;
      readHeader(text, start, end, header);
      this.#line.pid = header.pid;
      this.#search.consult(index, text, start, end);
      if (this.#line.recognisers > 0) continue;
      this.#search.watch(index, text, header.messageStart, end);
    }
  }

  /** "last message repeated n times": the line before once more. */
  #repeatLast(text: string, end: number): boolean {
    const memory = this.#memory;
    const header = this.#header;
    const repeat = readLineRepeat(text, header, end);
    if (repeat === undefined || !memory.isLast(repeat)) return false;
    this.#line.text = text;
    this.#place.message = header.messageStart;
    for (let i = 0; i < memory.lastCount; i++) {
      const entry = memory.lastEntries[i];
      const match = memory.lastMatches[i];
      if (entry !== undefined && match !== undefined)
        this.#search.sink.matched(
          entry,
          this.#matches.again(match, repeat.times, this.#place),
          this.#place,
        );
    }
    return true;
  }
}
