/**
 * Takes a batch of lines to the filters that concern them: one header read per line, dispatch by program,
 * then the rule index of that program. Cost per line does not grow with the number of filters.
 * Owns only reused scratch space; bounded by the filters given.
 */
import { type Ip, parseIp } from "../domain/ip.ts";
import type { Instant } from "../domain/instant.ts";
import type { LineBatch, LineFields } from "../domain/line-batch.ts";
import type { Match } from "../domain/match.ts";
import { MAX_SKEW, clampTime } from "./clamp-time.ts";
import type { CompiledRule, Filter } from "./compile-filter.ts";
import { type Header, createHeader, readHeader } from "./header.ts";
import { type JsonLine, matchJson } from "./match-json.ts";
import { unfoldRepeated } from "./repeated.ts";
import { type IndexedFilter, type RuleIndex, createRuleIndex } from "./rule-index.ts";
import { type LocalOffset, createStampClock } from "./timestamp.ts";

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
}

/** Called for each line that concerns a filter; `entry` is its index in the list given to `createLineRouter`. */
export interface LineSink {
  matched(entry: number, match: Match, place: LinePlace): void;
  unrecognised(entry: number, place: LinePlace): void;
}

export interface Routed {
  readonly lines: number;
  /** Largest distance between a live line's stamp and its arrival that was not believed, 0 when there was none. */
  readonly skew: number;
}

export interface LineRouter {
  route(batch: LineBatch, now: Instant, sink: LineSink): Routed;
}

export function createLineRouter(
  routed: readonly RoutedFilter[],
  localOffset: LocalOffset,
): LineRouter {
  const indexed = routed.map(({ filter }, entry) => ({ entry, filter }));
  const programs = indexByProgram(indexed);
  const anyProgram = createRuleIndex(indexed.filter(({ filter }) => filter.programs.length === 0));
  const bare = createRuleIndex(indexed);
  const stampClock = createStampClock(localOffset);
  const header = createHeader();
  // One of each for the life of the router: allocating them per line would cost more than reading the line.
  const place = { number: 0, start: 0, end: 0 };
  const line: CurrentLine = {
    batch: EMPTY,
    fields: undefined,
    now: 0 as Instant,
    repeated: 1,
    skew: 0,
  };
  const recognised = new Uint8Array(routed.length);

  function route(batch: LineBatch, now: Instant, sink: LineSink): Routed {
    const { text } = batch;
    line.batch = batch;
    line.now = now;
    line.skew = 0;
    let number = 0;
    for (let start = 0; start < text.length; number++) {
      const end = text.indexOf("\n", start);
      place.number = number;
      place.start = start;
      place.end = end;
      line.fields = batch.fields?.[number];
      routeLine(text, start, end, sink);
      start = end + 1;
    }
    line.batch = EMPTY;
    return { lines: number, skew: line.skew };
  }

  function routeLine(text: string, start: number, end: number, sink: LineSink): void {
    if (line.fields === undefined) readHeader(text, start, end, header);
    else takeFields(line.fields, start, header);
    const named = line.fields !== undefined || header.programEnd > header.programStart;
    if (!named) {
      consult(bare, text, header.messageStart, end, sink, false);
      return;
    }
    const index =
      line.fields === undefined ? lookUp(text) : programs.byName.get(line.fields.program);
    if (index !== undefined) consult(index, text, header.messageStart, end, sink, true);
    if (anyProgram.entries.length > 0) consult(anyProgram, text, header.bodyStart, end, sink, true);
  }

  function lookUp(text: string): RuleIndex | undefined {
    const length = header.programEnd - header.programStart;
    for (const { name, index } of programs.byLength[length] ?? NONE) {
      if (text.startsWith(name, header.programStart)) return index;
    }
    return undefined;
  }

  function consult(
    index: RuleIndex,
    text: string,
    from: number,
    end: number,
    sink: LineSink,
    watched: boolean,
  ): void {
    line.repeated = 1;
    recognised.fill(0);
    const repeated = text.charCodeAt(from) === 109 ? unfoldRepeated(text, from, end) : undefined;
    if (repeated === undefined) search(index, text, from, end, sink);
    else {
      line.repeated = repeated.times;
      search(index, repeated.message, 0, repeated.message.length - 1, sink);
    }
    if (!watched) return;
    for (const entry of index.entries) {
      if (recognised[entry] === 0 && isAccepted(entry)) sink.unrecognised(entry, place);
    }
  }

  function search(index: RuleIndex, text: string, from: number, end: number, sink: LineSink): void {
    index.find(text, from, end, ({ entry, rule, groups }) => {
      if (!isAccepted(entry)) return;
      recognised[entry] = 1;
      sink.matched(entry, buildMatch(rule, groups), place);
    });
    if (index.json.length > 0 && text.charCodeAt(from) === 123) {
      searchJson(index, matchJson(text.slice(from, end)), sink);
    }
  }

  function searchJson(index: RuleIndex, parsed: JsonLine, sink: LineSink): void {
    for (const { entry, rule } of index.json) {
      if (recognised[entry] === 1 || !isAccepted(entry)) continue;
      const fields = parsed.match(rule);
      if (fields === undefined) continue;
      recognised[entry] = 1;
      sink.matched(entry, makeMatch(rule, fields.ip, fields.user, fields.repeated), place);
    }
  }

  function isAccepted(entry: number): boolean {
    const accepts = routed[entry]?.accepts;
    return accepts === undefined || line.fields === undefined || accepts(line.fields);
  }

  function buildMatch(rule: CompiledRule, groups: RegExpExecArray): Match {
    const ip = firstGroup(groups, rule.ipGroups);
    const count =
      rule.repeatGroups.length === 0 ? 1 : Number(firstGroup(groups, rule.repeatGroups) ?? 1);
    return makeMatch(rule, ip, firstGroup(groups, rule.userGroups), count);
  }

  function makeMatch(
    rule: Pick<Match, "kind" | "counting"> & { id: string },
    ip: string | undefined,
    user: string | undefined,
    count: number,
  ): Match {
    const address: Ip | undefined = ip === undefined ? undefined : parseIp(ip);
    return {
      kind: rule.kind,
      rule: rule.id,
      counting: rule.counting,
      ip: address,
      host: address === undefined ? ip : undefined,
      user: user === "" ? undefined : user,
      repeated: line.repeated * Math.max(1, count),
      at: time(),
      session: sessionKey(),
    };
  }

  function time(): Instant {
    const { fields, now, batch } = line;
    const stamp =
      fields?.at ?? (header.stamped ? stampClock.resolve(header.stamp, now) : undefined);
    const at = clampTime(stamp, now, batch.arrival);
    if (batch.arrival === "live" && stamp !== undefined) {
      const skew = Math.abs(stamp - now);
      if (skew > MAX_SKEW && skew > line.skew) line.skew = skew;
    }
    return at;
  }

  function sessionKey(): string {
    if (line.fields !== undefined)
      return line.fields.pid === 0 ? "" : `${line.fields.host}/${line.fields.pid}`;
    if (header.pid === 0) return "";
    return `${line.batch.text.slice(header.hostStart, header.hostEnd)}/${header.pid}`;
  }

  return { route };
}

interface CurrentLine {
  batch: LineBatch;
  fields: LineFields | undefined;
  now: Instant;
  repeated: number;
  skew: number;
}

const EMPTY: LineBatch = { text: "", fields: undefined, arrival: "backlog", cursor: undefined };
const NONE: readonly { name: string; index: RuleIndex }[] = [];

interface Programs {
  readonly byName: ReadonlyMap<string, RuleIndex>;
  /** The same by length of the name, for comparing in place. */
  readonly byLength: readonly (readonly { name: string; index: RuleIndex }[] | undefined)[];
}

function indexByProgram(indexed: readonly IndexedFilter[]): Programs {
  const names = new Set(indexed.flatMap(({ filter }) => filter.programs));
  const byName = new Map<string, RuleIndex>();
  const byLength: { name: string; index: RuleIndex }[][] = [];
  for (const name of names) {
    const index = createRuleIndex(indexed.filter(({ filter }) => filter.programs.includes(name)));
    byName.set(name, index);
    const sameLength = byLength[name.length] ?? [];
    sameLength.push({ name, index });
    byLength[name.length] = sameLength;
  }
  return { byName, byLength };
}

function takeFields(fields: LineFields, start: number, header: Header): void {
  header.stamped = false;
  header.pid = fields.pid;
  header.bodyStart = header.messageStart = start;
}

function firstGroup(groups: RegExpExecArray, numbers: readonly number[]): string | undefined {
  for (const number of numbers) {
    const value = groups[number];
    if (value !== undefined) return value;
  }
  return undefined;
}
