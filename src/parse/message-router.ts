/**
 * Takes the message of a line, whose head is read, to the filters that it concerns: by the program that the head or the
 * journal names, by none, or by the log that was named for a filter.
 */
import type { LineFields } from "../domain/line-batch.ts";
import type { CurrentLine } from "./current-line.ts";
import type { Header } from "./header.ts";
import type { MessageSearch, MutablePlace } from "./message-search.ts";
import { isHeaded } from "./program-names.ts";
import { type ProgramTable, createProgramTable } from "./program-table.ts";
import { readHeader } from "./read-header.ts";
import type { MatchReader } from "./read-match.ts";
import { mayRepeat, readLineRepeat } from "./repeated.ts";
import type { RoutedFilter } from "./routed-filter.ts";
import { type IndexedFilter, type RuleIndex, createRuleIndex } from "./rule-index.ts";
import { StreamMemory } from "./stream-memory.ts";

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

/** What a router reads its lines with. */
export interface Reading {
  readonly header: Header;
  readonly line: CurrentLine;
  readonly place: MutablePlace;
  readonly matches: MatchReader;
  readonly search: MessageSearch;
}

export class MessageRouter {
  readonly #indexed: readonly IndexedFilter[];
  readonly #programs: ProgramTable;
  readonly #anyProgram: RuleIndex;
  /** Filters the source was named for. */
  readonly #owners: readonly Owner[];
  /** Most logs have no line without a program, so it is made for the first. */
  #bare: RuleIndex | undefined;
  readonly #header: Header;
  readonly #line: CurrentLine;
  readonly #place: MutablePlace;
  readonly #matches: MatchReader;
  readonly #search: MessageSearch;
  #memory = new StreamMemory();

  constructor(
    indexed: readonly IndexedFilter[],
    routed: readonly RoutedFilter[],
    { header, line, place, matches, search }: Reading,
  ) {
    this.#header = header;
    this.#line = line;
    this.#place = place;
    this.#matches = matches;
    this.#search = search;
    this.#indexed = indexed;
    this.#programs = createProgramTable(indexed);
    this.#anyProgram = createRuleIndex(
      indexed.filter(({ filter }) => filter.programs.length === 0),
    );
    this.#owners = indexed.flatMap((one): readonly Owner[] => {
      const owns = routed[one.entry]?.owns;
      if (owns === undefined || one.filter.programs.length === 0) return [];
      return [new Owner(one, owns)];
    });
  }

  /** Lines of one log come. */
  begin(memory: StreamMemory): void {
    this.#memory = memory;
  }

  /** A line that carries its own header, which is read. */
  route(text: string, end: number): void {
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

  /** For lines that name no program. */
  get bareIndex(): RuleIndex {
    this.#bare ??= createRuleIndex(this.#indexed);
    return this.#bare;
  }

  /** No program is named: a message for any filter, and an unknown line of those whose log it is. */
  #routeBare(text: string, end: number): void {
    const { bodyStart, messageStart } = this.#header;
    this.#search.consult(this.bareIndex, text, bodyStart, end);
    // A level or a facility before it is the writer's, not the message's.
    if (this.#line.recognisers === 0 && messageStart !== bodyStart)
      this.#search.consult(this.bareIndex, text, messageStart, end);
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

  routeFields(fields: LineFields, text: string, start: number, end: number): void {
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
