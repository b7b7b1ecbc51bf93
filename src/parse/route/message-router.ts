/**
 * Routes the message of a line with a parsed header to the filters it concerns: by the program that the header or the
 * journal names, by none, or by the log that was configured for a filter.
 */
import type { LineFields } from "../../domain/line-batch.ts";
import { BothReadings, type KnownReadings, NOT_KNOWN } from "./both-readings.ts";
import type { CurrentLine } from "./current-line.ts";
import type { Header } from "../header/header.ts";
import type { MessageSearch, MutablePlace } from "./message-search.ts";
import { LogOwner } from "./log-owner.ts";
import { isHeaded } from "../header/program-names.ts";
import { consultPlain, type PlainReading } from "./plain-message.ts";
import { type ProgramTable, createProgramTable } from "./program-table.ts";
import { readHeader } from "../header/read-header.ts";
import type { MatchReader } from "./read-match.ts";
import { mayRepeat, readLineRepeat } from "./repeated.ts";
import type { RoutedFilter } from "./routed-filter.ts";
import { type IndexedFilter, RuleIndex } from "./rule-index.ts";
import type { RuleLiterals } from "./rule-literals.ts";
import { StreamMemory } from "./stream-memory.ts";
import { stampFormOf } from "../header/stamp-form.ts";
import { dropHeader, judgeHeader, wholeStart } from "../header/judge-header.ts";

/** Objects that a router uses to process its lines. */
export interface Reading {
  readonly header: Header;
  readonly line: CurrentLine;
  readonly place: MutablePlace;
  readonly matches: MatchReader;
  readonly search: MessageSearch;
  readonly literals: RuleLiterals;
}

export class MessageRouter {
  readonly #createBare: () => RuleIndex;
  readonly #programs: ProgramTable;
  readonly #anyProgram: RuleIndex;
  /** Filters for which the source was configured. */
  readonly #owners: readonly LogOwner[];
  /** Created for the first line without a program, because most logs have none. */
  #bare: RuleIndex | undefined;
  readonly #header: Header;
  readonly #line: CurrentLine;
  readonly #place: MutablePlace;
  readonly #matches: MatchReader;
  readonly #search: MessageSearch;
  readonly #both: BothReadings;
  readonly #plain: PlainReading;
  #memory = new StreamMemory();

  constructor(
    indexed: readonly IndexedFilter[],
    routed: readonly RoutedFilter[],
    { header, line, place, matches, search, literals }: Reading,
  ) {
    this.#header = header;
    this.#line = line;
    this.#place = place;
    this.#matches = matches;
    this.#search = search;
    this.#both = new BothReadings(search);
    this.#plain = { header, line, search };
    this.#createBare = () => new RuleIndex(indexed, literals);
    this.#programs = createProgramTable(indexed, literals);
    const general = indexed.filter(({ filter }) => filter.programs.length === 0);
    this.#anyProgram = new RuleIndex(general, literals);
    this.#owners = indexed.flatMap((one): readonly LogOwner[] => {
      const owns = routed[one.entry]?.owns;
      if (owns === undefined || one.filter.programs.length === 0) return [];
      return [new LogOwner(one, literals, owns)];
    });
  }

  /** Selects the log whose lines follow. */
  begin(memory: StreamMemory): void {
    this.#memory = memory;
  }

  /** Routes a line with its own, parsed header. The line begins at `start`. */
  route(text: string, start: number, end: number): void {
    const { programStart, programEnd } = this.#header;
    if (this.#memory.hasLast) {
      if (mayRepeat(text, end, this.#header) && this.#repeatLast(text, end)) return;
      this.#memory.forgetLast();
    }
    if (programEnd === programStart) {
      this.#routeBare(text, start, end, undefined);
      return;
    }
    const index = this.#programs.find(text, programStart, programEnd);
    if (this.#owners.length > 0) this.#routeOwn(index, text, start, end);
    else if (index !== undefined && !this.#isWholeKnown(index, text, end))
      this.#search.watch(index, text, this.#header.messageStart, end);
    // On a line that is not certainly syslog, "last message repeated" may be a client's text.
    if (this.#memory.hasLast) this.#noteWriter(index !== undefined, text);
    if (this.#anyProgram.entries.length > 0 && this.#owners.length === 0)
      this.#routeAny(index !== undefined, text, start, end);
  }

  #noteWriter(isWatched: boolean, text: string): void {
    const { programStart, programEnd, pid } = this.#header;
    if (programEnd > programStart && (isWatched || pid > 0))
      this.#memory.noteWriter(text, this.#header);
  }

  /**
   * Returns whether rules recognize the line as a whole. A header without host and process id is hardly a syslog
   * daemon's: the apparent name may be the beginning of the program's own line.
   */
  #isWholeKnown(index: RuleIndex, text: string, end: number): boolean {
    if (isHeaded(this.#header)) return false;
    this.#search.consult(index, text, this.#header.bodyStart, end);
    return this.#line.recognizers > 0;
  }

  /** Routes a line of a log that is configured for one filter. */
  #routeOwn(index: RuleIndex | undefined, text: string, start: number, end: number): void {
    const header = this.#header;
    const { heads } = this.#memory;
    const form = stampFormOf(text, start, header);
    if (header.hostEnd > header.hostStart && heads.isSettled(form)) {
      this.#routeHeaded(index, text, end);
      return;
    }
    const name = index === undefined ? "other" : "own";
    const head = judgeHeader(heads, form, { text, start, end, header }, name);
    if (head === "sure") this.#routeHeaded(index, text, end);
    else if (head === "believed") {
      const whole = wholeStart(header);
      const known =
        index === undefined
          ? this.#routeOther(text, end, whole)
          : this.#routeBoth(index, text, end, whole);
      if (!known.whole) heads.noteHeader(form, text, header);
      else if (!known.behindHead) this.#dropHeader(text, start, end);
    } else {
      const behindHead = head === "none" ? undefined : header.messageStart;
      this.#dropHeader(text, start, end);
      this.#routeBare(text, start, end, behindHead);
    }
  }

  /** Routes a line whose header was certainly written by a syslog daemon. */
  #routeHeaded(index: RuleIndex | undefined, text: string, end: number): void {
    if (index === undefined) this.#routeOther(text, end, undefined);
    else {
      this.#search.watch(index, text, this.#header.messageStart, end);
      this.#noteOwn();
    }
  }

  #routeBoth(index: RuleIndex, text: string, end: number, whole: number): KnownReadings {
    const behindHead = this.#header.messageStart;
    const known = this.#both.read(index, text, { whole, behindHead }, end);
    if (this.#line.recognizers < index.entries.length) this.#search.report(index, behindHead);
    if (known.behindHead) this.#noteOwn();
    return known;
  }

  #noteOwn(): void {
    const { names } = this.#memory;
    if (!names.own && this.#line.recognizers > 0) names.noteOwn();
  }

  /** Treats the parsed header as the beginning of the message. */
  #dropHeader(text: string, start: number, end: number): void {
    dropHeader(text, start, end, this.#header);
    this.#line.pid = 0;
  }

  /** The index for lines without a program. */
  get bareIndex(): RuleIndex {
    this.#bare ??= this.#createBare();
    return this.#bare;
  }

  /**
   * Routes a message that names no program: any filter may match it, and it is unrecognized for those that own the log.
   * `behindHead`: an apparent program name was not accepted.
   */
  #routeBare(text: string, start: number, end: number, behindHead: number | undefined): void {
    const { bodyStart, messageStart } = this.#header;
    const { heads, names } = this.#memory;
    const isJudged = this.#owners.length > 0 || this.#anyProgram.entries.length > 0;
    const form = isJudged ? stampFormOf(text, start, this.#header) : "none";
    const isKnown = consultPlain(this.#plain, this.bareIndex, text, start, end);
    if (messageStart === end) return;
    if (isJudged && behindHead === undefined)
      heads.notePlain(form, isKnown ? "known" : "unknown", text, bodyStart);
    else if (isJudged && !isKnown) heads.noteHeader(form, text, this.#header);
    const from = behindHead ?? bodyStart;
    if (this.#anyProgram.entries.length > 0) this.#search.report(this.#anyProgram, from);
    if (names.own) return;
    for (const { index } of this.#owners) this.#search.report(index, from);
  }

  /** Routes a line to filters without programs, which get every line. */
  #routeAny(isWatched: boolean, text: string, start: number, end: number): void {
    const header = this.#header;
    const { heads } = this.#memory;
    const index = this.#anyProgram;
    const form = stampFormOf(text, start, header);
    const head = judgeHeader(heads, form, { text, start, end, header }, "other");
    if (head === "none" || head === "doubted") {
      this.#dropHeader(text, start, end);
      const isKnown = consultPlain(this.#plain, index, text, start, end);
      this.#search.report(index, header.bodyStart);
      if (head === "none")
        heads.notePlain(form, isKnown ? "known" : "unknown", text, header.bodyStart);
      else if (!isKnown) heads.noteHeader(form, text, header);
      return;
    }
    const known = this.#routeBoth(index, text, end, wholeStart(header));
    if (!known.whole) heads.noteHeader(form, text, header);
    else if (!known.behindHead) this.#dropHeader(text, start, end);
    if (this.#memory.hasLast) this.#noteWriter(isWatched, text);
  }

  /**
   * Routes a line with another program's name in a log that was configured for one filter. It may be the same program
   * under another name, or a different one. `whole`: where a message without a header begins; undefined: it certainly
   * has one.
   */
  #routeOther(text: string, end: number, whole: number | undefined): KnownReadings {
    const { names } = this.#memory;
    const header = this.#header;
    const mayBeOurs = names.mayBeOurs(text, header);
    const isReported = mayBeOurs || names.isMissed(text, header);
    const behindHead = mayBeOurs ? header.messageStart : undefined;
    let all = NOT_KNOWN;
    if (!isReported && whole === undefined) return all;
    for (const { index } of this.#owners) {
      const known = this.#both.read(index, text, { whole, behindHead }, end);
      if (known.behindHead && this.#line.recognizers > 0) names.noteRecognized(text, header);
      else if (mayBeOurs && !known.whole) names.noteUnknown(text, header);
      if (isReported && this.#line.recognizers === 0)
        this.#search.report(index, header.messageStart);
      // Several entries are one filter in several modes.
      if (known.whole || known.behindHead) all = known;
    }
    return all;
  }

  routeFields(fields: LineFields, text: string, start: number, end: number): void {
    this.#line.pid = fields.pid;
    const index = this.#programs.byName(fields.program);
    if (index !== undefined) this.#search.watch(index, text, start, end);
    else if (this.#owners.length > 0) this.#routeOtherFields(fields, text, start, end);
    if (this.#anyProgram.entries.length > 0) this.#search.watch(this.#anyProgram, text, start, end);
  }

  /** Routes a journal entry whose process forwards the output of others: a container runtime, a shell. */
  #routeOtherFields(fields: LineFields, text: string, start: number, end: number): void {
    const header = this.#header;
    const { heads } = this.#memory;
    for (const { entry, index, owns } of this.#owners) {
      if (!this.#search.isAccepted(entry) || !owns(fields)) continue;
      this.#line.pid = 0;
      this.#search.consult(index, text, start, end);
      const isKnown = this.#line.recognizers > 0;
      readHeader(text, start, end, header);
      const form = stampFormOf(text, start, header);
      const { programStart, programEnd } = header;
      const isOwn = this.#programs.find(text, programStart, programEnd) !== undefined;
      const isNamed = programEnd > programStart;
      const head = isNamed
        ? judgeHeader(heads, form, { text, start, end, header }, isOwn ? "own" : "other")
        : "none";
      if (head === "none") heads.notePlain(form, isKnown ? "known" : "unknown", text, start);
      else if (!isKnown) heads.noteHeader(form, text, header);
      if (isKnown) continue;
      if (head === "none" || head === "doubted") {
        if (isNamed) this.#dropHeader(text, start, end);
      } else this.#line.pid = header.pid;
      this.#search.watch(index, text, header.messageStart, end);
    }
  }

  /** Handles "last message repeated n times": repeats the previous line's matches. */
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
