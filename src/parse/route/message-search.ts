/**
 * Matches a message against the rules of an index, and reports the result to the sink, or that it is unrecognized. Owns
 * which filter recognized what last.
 */
import type { CurrentLine } from "./current-line.ts";
import type { Header } from "../header/header.ts";
import type { Match } from "../../domain/match.ts";
import type { Found } from "./execute.ts";
import type { LinePlace, LineSink } from "./line-sink.ts";
import type { RecordFormat } from "../../domain/filter-definition.ts";
import { RecordLine } from "../structured/match-record.ts";
import type { MatchReader } from "./read-match.ts";
import { unfoldRepeated } from "./repeated.ts";
import type { RoutedFilter } from "./routed-filter.ts";
import type { LongSearch, RecordCandidate, RuleIndex } from "./rule-index.ts";
import { StreamMemory } from "./stream-memory.ts";

/** Returns where the spaces at `from` end. */
function blanksEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
  return at;
}

export type MutablePlace = { -readonly [key in keyof LinePlace]: LinePlace[key] };

export function createPlace(): MutablePlace {
  return { number: 0, start: 0, end: 0, message: 0, unwrapped: undefined, lacksStamp: false };
}

/** Returns whether a time has none of the stated forms. What a syslog daemon or a container runtime writes has its own. */
export function lacksStamp(
  { format, programStart, programEnd }: Header,
  { wrappedAt }: Pick<CurrentLine, "wrappedAt">,
): boolean {
  return format === undefined && wrappedAt === undefined && programEnd === programStart;
}

type Accepting = Pick<RoutedFilter, "accepts" | "filter">;

const NO_SINK: LineSink = { matched() {}, unrecognized() {} };

export class MessageSearch {
  readonly #routed: readonly Accepting[];
  readonly #hasPrefixes: boolean;
  readonly #header: Header;
  readonly #line: CurrentLine;
  readonly #matches: MatchReader;
  readonly #place: MutablePlace;
  /** For each filter, the number of the message that it recognized last, so that nothing has to be cleared. */
  readonly #recognized: Float64Array;
  readonly #long: LongSearch;
  #memory = new StreamMemory();
  #sink = NO_SINK;
  /** Collects matches, if set, instead of passing them to the sink. */
  #collected: Map<number, Match> | undefined;
  readonly #found: Found = (entry, rule, captures, address) => {
    if (!this.#isWaiting(entry)) return;
    this.#report(entry, this.#matches.ofText(rule, captures, this.#place, address));
  };

  constructor(
    routed: readonly Accepting[],
    line: CurrentLine,
    matches: MatchReader,
    place: MutablePlace,
    header: Header,
  ) {
    this.#routed = routed;
    this.#hasPrefixes = routed.some(({ filter }) => filter.prefix !== undefined);
    this.#header = header;
    this.#line = line;
    this.#matches = matches;
    this.#place = place;
    this.#recognized = new Float64Array(routed.length);
    this.#long = { effort: line.effort, wants: (entry) => this.#isWaiting(entry) };
  }

  get sink(): LineSink {
    return this.#sink;
  }

  /** Selects the log whose lines follow, and the sink for their results. */
  begin(sink: LineSink, memory: StreamMemory): void {
    this.#sink = sink;
    this.#memory = memory;
  }

  end(): void {
    this.#sink = NO_SINK;
  }

  /** Matches like `consult`, and reports what filters that own these lines do not recognize. */
  watch(index: RuleIndex, text: string, from: number, end: number): void {
    this.consult(index, text, from, end);
    if (this.#line.recognizers < index.entries.length) this.report(index, from);
  }

  /** Reports, after `consult`, which of the filters that own these lines did not recognize the message. */
  report({ entries }: RuleIndex, from: number): void {
    const line = this.#line;
    const all = line.recognizers === 0 && line.fields === undefined && !this.#hasPrefixes;
    const silent = all ? entries : entries.filter((entry) => this.#isWaiting(entry));
    if (silent.length === 0) return;
    this.#place.message = from;
    this.sink.unrecognized(silent, this.#place);
  }

  /** Replaces `consult` for a message that no rule is matched against. */
  pass(): void {
    this.#line.message++;
    this.#line.recognizers = 0;
  }

  /** Matches like `consult`, but reports nothing: `into` gets each filter's match. */
  collect(
    index: RuleIndex,
    text: string,
    from: number,
    end: number,
    into: Map<number, Match>,
  ): void {
    this.#collected = into;
    try {
      this.consult(index, text, from, end);
    } finally {
      this.#collected = undefined;
    }
  }

  /** Reports a collected match of a message that began at `from`. */
  take(entry: number, match: Match, from: number): void {
    this.#place.message = this.#place.unwrapped === undefined ? from : -1;
    this.#report(entry, match);
  }

  consult(index: RuleIndex, text: string, from: number, end: number): void {
    this.pass();
    this.consultOthers(index, text, from, end);
  }

  /** Matches another reading of the message, for the filters that recognized none. */
  consultOthers(index: RuleIndex, text: string, from: number, end: number): void {
    const line = this.#line;
    if (line.recognizers >= index.entries.length) return;
    line.repeated = 1;
    line.text = text;
    this.#place.message = this.#place.unwrapped === undefined ? from : -1;
    // "m" of "message repeated"
    const repeated = text.charCodeAt(from) === 109 ? unfoldRepeated(text, from, end) : undefined;
    if (repeated === undefined) this.#search(index, text, from, end);
    else {
      line.repeated = repeated.times;
      this.#search(index, repeated.message, 0, repeated.message.length - 1);
    }
  }

  #search(index: RuleIndex, text: string, from: number, end: number): void {
    // A client may have chosen where the line begins.
    if (this.#line.isHeadless) return;
    if (this.#line.isCut) {
      // A cut message ends in the mark, and half an object is not JSON.
      index.findCut(text, from, Math.max(from, end - 1), this.#found, this.#long);
      return;
    }
    index.find(text, from, end, this.#found, this.#long);
    if (!index.hasRecords) return;
    const records = index.recordsIn(text, from, end);
    if (records.length > 0)
      this.#searchRecords(
        records,
        text.slice(blanksEnd(text, from, end), end),
        this.#structuredData(text, from, end),
      );
  }

  /** Returns the structured data before a message, with the message; undefined: the line has none. */
  #structuredData(text: string, from: number, end: number): string | undefined {
    const { structuredStart, messageStart } = this.#header;
    const isBehind = structuredStart >= 0 && from === messageStart && this.#line.text === text;
    return isBehind ? text.slice(structuredStart, end) : undefined;
  }

  /** `structured`: the text for rules about structured data. */
  #searchRecords(
    records: readonly RecordCandidate[],
    text: string,
    structured: string | undefined,
  ): void {
    const { effort } = this.#line;
    const lines = new Map<RecordFormat, RecordLine>();
    let overLimit = -1;
    for (const { entry, rule } of records) {
      if (entry === overLimit || !this.#isWaiting(entry)) continue;
      const before = effort.overLimit;
      // Skip CSV rules if a timestamp was removed from the line's start: it may be the first column. consultPlain
      // retries from the start of the line.
      if (rule.format === "csv" && this.#line.isBehindTime) continue;
      // A row over several lines would be several entries, of which a client may have written all but the first.
      if (rule.format === "csv" && this.#mayContinue(entry)) continue;
      if ((rule.format === "w3c") !== this.#line.isW3c) continue;
      if (rule.byHeader !== this.#line.columns) continue;
      const { format } = rule;
      const own = format === "sd" ? structured : text;
      if (own === undefined) continue;
      const parsed = lines.getOrInsertComputed(format, () => new RecordLine(own, format, effort));
      const values = parsed.match(rule);
      if (effort.overLimit > before) overLimit = entry;
      else if (values !== undefined)
        this.#report(entry, this.#matches.ofRecord(rule, values, this.#place));
    }
  }

  /** Returns whether a value of a filter's rows may continue in the next entry of the journal. */
  #mayContinue(entry: number): boolean {
    const { fields } = this.#line;
    return fields?.isOutput === true && this.#routed[entry]?.filter.begins?.quotes !== undefined;
  }

  /** Returns whether a filter gets the message and has not recognized it. */
  #isWaiting(entry: number): boolean {
    return this.#recognized[entry] !== this.#line.message && this.isAccepted(entry);
  }

  isAccepted(entry: number): boolean {
    const { fields, prefix } = this.#line;
    const routed = this.#routed[entry];
    if (routed?.filter.prefix !== prefix) return false;
    if (fields === undefined) return true;
    const accepts = routed?.accepts;
    return accepts === undefined || accepts(fields);
  }

  #report(entry: number, match: Match): void {
    const line = this.#line;
    this.#recognized[entry] = line.message;
    line.recognizers++;
    if (this.#collected !== undefined) {
      this.#collected.set(entry, match);
      return;
    }
    // The journal stores every entry, so its lines are never repeated by "last message".
    if (line.fields === undefined) this.#memory.noteMatch(entry, match);
    this.sink.matched(entry, match, this.#place);
  }
}
