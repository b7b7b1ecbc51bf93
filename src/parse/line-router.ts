/**
 * Takes a batch of lines to the filters that concern them: one header read per line, dispatch by program,
 * then the rule index of that program. Cost per line does not grow with the number of filters.
 * Owns only reused scratch space; bounded by the filters given.
 */
import type { Instant } from "../domain/instant.ts";
import { type Ip, parseIp } from "../domain/ip.ts";
import type { LineBatch, LineFields } from "../domain/line-batch.ts";
import type { Match } from "../domain/match.ts";
import type { CompiledRule, Filter, JsonRule } from "./compile-filter.ts";
import { type Captures, firstCapture } from "./execute.ts";
import { createHeader } from "./header.ts";
import { isAscii } from "./is-ascii.ts";
import { matchJson } from "./match-json.ts";
import { createTimePlacer } from "./place-in-time.ts";
import { createProgramTable } from "./program-table.ts";
import { readHeader } from "./read-header.ts";
import { unfoldRepeated } from "./repeated.ts";
import { type RuleIndex, createRuleIndex } from "./rule-index.ts";
import { createSessionKeys, sessionKey } from "./session-key.ts";
import { scanInnerStamp, scanStamp } from "./scan-stamp.ts";
import { createStamp, hasOffset } from "./stamp.ts";
import { type LocalOffset, createStampClock, resolveStamp } from "./timestamp.ts";

export interface RoutedFilter {
  readonly filter: Filter;
  /** For sources with trusted fields: whether the line is this filter's at all. */
  readonly accepts: ((fields: LineFields) => boolean) | undefined;
}

/** Where a line stands in its batch: `text.slice(start, end)` is the line without its "\n"; `number` counts from 0. */
export interface LinePlace {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** Where what the program said begins; -1 for lines that a recognizer matched as a whole. */
  readonly message: number;
}

/** Called for each line that concerns a filter; `entry` is its index in the list given to `createLineRouter`. */
export interface LineSink {
  matched(entry: number, match: Match, place: LinePlace): void;
  /** All at once: on a log that fifty filters watch, most lines are recognised by none of them. */
  unrecognised(entries: readonly number[], place: LinePlace): void;
}

export interface Routed {
  readonly lines: number;
  /** The largest constant difference that shifted a stamp, 0 when none did. */
  readonly skew: number;
  /** Lines that a recognizer gave up because they took too long. */
  readonly givenUp: number;
}

export interface LineRouter {
  route(batch: LineBatch, now: Instant, sink: LineSink): Routed;
}

export function createLineRouter(
  routed: readonly RoutedFilter[],
  localOffset: LocalOffset,
): LineRouter {
  const all = routed.map(({ filter }, entry) => ({ entry, filter }));
  const indexed = all.filter(({ filter }) => filter.createRecognizer === undefined);
  const recognizers = all.flatMap(({ entry, filter }) => {
    const recognizer = filter.createRecognizer?.(localOffset);
    return recognizer === undefined ? [] : [{ entry, recognizer }];
  });
  const programs = createProgramTable(indexed);
  const anyProgram = createRuleIndex(indexed.filter(({ filter }) => filter.programs.length === 0));
  /** For lines that name no program; most logs have none, so it is made for the first. */
  let bare: RuleIndex | undefined;
  const stampClock = createStampClock(localOffset);
  const sessionKeys = createSessionKeys();
  const placer = createTimePlacer();
  // One of each for the life of the router: allocating them per line would cost more than reading the line.
  const header = createHeader();
  const fieldStamp = createStamp();
  const place = { number: 0, start: 0, end: 0, message: 0 };
  const line = createCurrentLine();
  /** Per filter the message it recognised last; messages are numbered, so nothing has to be cleared. */
  const recognised = new Float64Array(routed.length);

  function route(batch: LineBatch, now: Instant, sink: LineSink): Routed {
    const { text, fields, arrival } = batch;
    line.sink = sink;
    line.now = now;
    line.arrival = arrival;
    // Another `now`: what was worked out with the last one no longer holds.
    line.reading = NO_READING;
    line.ascii = recognizers.length > 0 && isAscii(text);
    const givenUp = countGivenUp();
    let number = 0;
    for (let start = 0; start < text.length; number++) {
      const end = text.indexOf("\n", start);
      place.number = number;
      place.start = start;
      // No rule looks further than the mark of a cut line, and nobody is shown it.
      line.isCut = end > start && text.charCodeAt(end - 1) === 0;
      place.end = line.isCut ? end - 1 : end;
      line.fields = fields?.[number];
      if (indexed.length === 0) {
        // Recognizers read the line themselves.
      } else if (line.fields === undefined) routeText(text, start, end);
      else routeFields(line.fields, text, start, end);
      if (recognizers.length > 0) offer(text.slice(start, end + 1));
      start = end + 1;
    }
    if (arrival === "live" && number > 0) learnTime(text);
    line.sink = NO_SINK;
    line.fields = undefined;
    return { lines: number, skew: placer.takeSkew(), givenUp: countGivenUp() - givenUp };
  }

  function countGivenUp(): number {
    return recognizers.reduce((sum, { recognizer }) => sum + recognizer.givenUp, 0);
  }

  function offer(text: string): void {
    const { ascii, fields, arrival, now, isCut } = line;
    place.message = -1;
    for (const { entry, recognizer } of recognizers) {
      if (!isAccepted(entry)) continue;
      for (const match of recognizer.recognize({ text, ascii, fields, arrival, now, isCut }))
        line.sink.matched(entry, match, place);
    }
  }

  /** A line that carries its own header. */
  function routeText(text: string, start: number, end: number): void {
    readHeader(text, start, end, header);
    const { programStart, programEnd } = header;
    if (programEnd === programStart) {
      bare ??= createRuleIndex(indexed);
      consult(bare, text, header.messageStart, end);
      return;
    }
    const index = programs.find(text, programStart, programEnd);
    if (index !== undefined) watch(index, text, header.messageStart, end);
    if (anyProgram.entries.length > 0) watch(anyProgram, text, header.bodyStart, end);
  }

  function routeFields(fields: LineFields, text: string, start: number, end: number): void {
    const index = programs.byName(fields.program);
    if (index !== undefined) watch(index, text, start, end);
    if (anyProgram.entries.length > 0) watch(anyProgram, text, start, end);
  }

  /** As `consult`, for filters whose lines these are: what they do not recognise is reported. */
  function watch(index: RuleIndex, text: string, from: number, end: number): void {
    consult(index, text, from, end);
    const { entries } = index;
    if (line.recognisers === entries.length) return;
    const all = line.recognisers === 0 && line.fields === undefined;
    const silent = all
      ? entries
      : entries.filter((entry) => recognised[entry] !== line.message && isAccepted(entry));
    if (silent.length === 0) return;
    line.sink.unrecognised(silent, place);
  }

  function consult(index: RuleIndex, text: string, from: number, end: number): void {
    line.message++;
    line.recognisers = 0;
    line.repeated = 1;
    line.text = text;
    place.message = from;
    // "m" of "message repeated"
    const repeated = text.charCodeAt(from) === 109 ? unfoldRepeated(text, from, end) : undefined;
    if (repeated === undefined) search(index, text, from, end);
    else {
      line.repeated = repeated.times;
      search(index, repeated.message, 0, repeated.message.length - 1);
    }
  }

  function search(index: RuleIndex, text: string, from: number, end: number): void {
    index.find(text, from, end, found);
    // "{"
    if (index.json.length > 0 && text.charCodeAt(from) === 123)
      searchJson(index, text.slice(from, end));
  }

  function searchJson(index: RuleIndex, text: string): void {
    const parsed = matchJson(text);
    for (const { entry, rule } of index.json) {
      if (recognised[entry] === line.message || !isAccepted(entry)) continue;
      const values = parsed.match(rule);
      if (values !== undefined) tell(entry, rule, { ...values, peer: values.ip, port: undefined });
    }
  }

  function found(entry: number, rule: CompiledRule, captures: Captures): void {
    if (!isAccepted(entry) || (line.isCut && !isBeyondDoubt(rule, captures))) return;
    const { repeatGroups } = rule;
    const repeated =
      repeatGroups.length === 0 ? 1 : Number(firstCapture(captures, repeatGroups) ?? 1);
    tell(entry, rule, {
      peer: firstCapture(captures, rule.ipGroups),
      user: firstCapture(captures, rule.userGroups),
      repeated,
      time: firstCapture(captures, rule.timeGroups),
      port: rule.kind === "success" ? firstCapture(captures, rule.portGroups) : undefined,
    });
  }

  /**
   * Of a cut line only a failure whose address is the first thing it says, before anything a client wrote: every rule
   * reaches to the end of the line, where another address may have stood.
   */
  function isBeyondDoubt({ kind, ipGroups }: CompiledRule, captures: Captures): boolean {
    const peer = firstCapture(captures, ipGroups);
    return kind === "failure" && peer !== undefined && line.text.startsWith(peer, place.message);
  }

  function isAccepted(entry: number): boolean {
    if (line.fields === undefined) return true;
    const accepts = routed[entry]?.accepts;
    return accepts === undefined || accepts(line.fields);
  }

  function tell(
    entry: number,
    rule: CompiledRule | JsonRule,
    { peer, user, repeated, time, port }: Told,
  ): void {
    recognised[entry] = line.message;
    line.recognisers++;
    readContext();
    const ip: Ip | undefined = peer === undefined ? undefined : parseIp(peer);
    const match = {
      kind: rule.kind,
      rule: rule.id,
      counting: rule.counting,
      closes: rule.closes,
      ip,
      host: ip === undefined ? peer : undefined,
      user: user === "" ? undefined : user,
      login:
        rule.kind === "success"
          ? { method: rule.login, port: port === undefined ? undefined : Number(port) }
          : undefined,
      repeated: line.repeated * Math.max(1, repeated),
      // A trusted source knows when a line came; otherwise the rule's own field says more than the head.
      at:
        time === undefined || line.fields !== undefined
          ? line.at
          : believe(timeIn(time), hasOffset(fieldStamp)),
      session: sessionKey(line.host, line.fields?.pid ?? header.pid),
    };
    line.sink.matched(entry, match, place);
  }

  /** Time and host of the line; those of the line before when it begins with the same characters. */
  function readContext(): void {
    const { fields, now } = line;
    if (fields === undefined && header.reading === line.reading) return;
    const { hostStart, hostEnd } = header;
    line.host =
      fields === undefined
        ? sessionKeys.baseOf(line.text, hostStart, hostEnd)
        : sessionKeys.baseOf(fields.host, 0, fields.host.length);
    line.at =
      fields === undefined
        ? believe(stampTime(now), hasOffset(header.stamp))
        : believe(fields.at, true);
    line.reading = fields === undefined ? header.reading : NO_READING;
  }

  /** At the head of the line, else where web servers write it. */
  function stampTime(now: Instant): Instant | undefined {
    const said = header.stamped || scanInnerStamp(line.text, place.start, place.end, header.stamp);
    return said ? stampClock.resolve(header.stamp, now) : undefined;
  }

  /** Of a field the rule names as the time. */
  function timeIn(text: string): Instant | undefined {
    if (scanStamp(text, 0, text.length, fieldStamp) < 0) return undefined;
    return resolveStamp(fieldStamp, line.now, localOffset);
  }

  function believe(stamp: Instant | undefined, isExplicit: boolean): Instant {
    return placer.place({ stamp, isExplicit, host: line.host }, line.now, line.arrival);
  }

  /** From the last line of a batch, whoever wrote it: a wrong clock is known before the first failure comes. */
  function learnTime(text: string): void {
    if (line.fields !== undefined || indexed.length === 0 || !header.stamped) return;
    if (hasOffset(header.stamp)) return;
    const host = sessionKeys.baseOf(text, header.hostStart, header.hostEnd);
    const stamp = stampClock.resolve(header.stamp, line.now);
    placer.observe({ stamp, isExplicit: false, host }, line.now);
  }

  return { route };
}

/** What a rule read from a line. */
interface Told {
  readonly peer: string | undefined;
  readonly user: string | undefined;
  readonly repeated: number;
  readonly time: string | undefined;
  readonly port: string | undefined;
}

/** The line being routed, for the functions above. */
interface CurrentLine {
  sink: LineSink;
  arrival: LineBatch["arrival"];
  now: Instant;
  text: string;
  /** The whole batch is ASCII. */
  ascii: boolean;
  /** The rest of it is missing. */
  isCut: boolean;
  fields: LineFields | undefined;
  repeated: number;
  /** Which reading of a header `at` and `host` belong to. */
  reading: number;
  at: Instant;
  host: number;
  /** Counts messages given to an index. */
  message: number;
  /** How many filters recognised the present one. */
  recognisers: number;
}

const NO_READING = -1;
const NO_SINK: LineSink = { matched() {}, unrecognised() {} };

function createCurrentLine(): CurrentLine {
  return {
    sink: NO_SINK,
    arrival: "backlog",
    now: 0 as Instant,
    text: "",
    ascii: false,
    isCut: false,
    fields: undefined,
    repeated: 1,
    reading: NO_READING,
    at: 0 as Instant,
    host: 0,
    message: 0,
    recognisers: 0,
  };
}
