/**
 * Builds the match from a rule's captures: address, user, time and session. Computes time and host once for lines that
 * begin with the same characters.
 */
import { type Instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { type Match, MAX_REPEATED } from "../../domain/match.ts";
import { type Captures, firstCapture, peerIn } from "../filter/captures.ts";
import { connectionIn } from "../filter/connection-field.ts";
import type { CompiledRule, RecordRule, StatedTimes } from "../filter/compiled-rule.ts";
import { blankAfter, skipBlanks } from "../characters.ts";
import { type CurrentLine, NO_READING } from "./current-line.ts";
import type { Header } from "../header/header.ts";
import type { RecordMatch } from "../structured/match-record.ts";
import { scanInnerStamp } from "../header/inner-stamp.ts";
import { type ClockDifference, TimePlacer } from "../header/place-in-time.ts";
import { readCount, readPort } from "./read-number.ts";
import { scanStamp } from "../header/scan-stamp.ts";
import { connectionBase, createSessionKeys, sessionKey } from "../filter/session-key.ts";
import { type Stamp, createStamp, createStampContext, hasOffset } from "../header/stamp.ts";
import { type LocalOffset, createStampClock, resolveStamp } from "../header/timestamp.ts";
import { wrappedTime } from "../header/wrapped-time.ts";

/** The position of the line in its batch. */
interface LineSpan {
  readonly start: number;
  readonly end: number;
  /** The line without what was around it, which is then the text to which offsets refer. */
  readonly unwrapped: string | undefined;
}

export class MatchReader {
  readonly #header: Header;
  readonly #line: CurrentLine;
  readonly #localOffset: LocalOffset;
  readonly #stampClock: ReturnType<typeof createStampClock>;
  readonly #sessionKeys = createSessionKeys();
  /** Identifies the file of the batch: services number connections in each of their logs from the beginning. */
  #place = "";
  /** Scratch space for fields that certainly contain a time. */
  readonly #fieldStamp: Stamp;
  readonly #placer: TimePlacer;

  constructor(
    header: Header,
    line: CurrentLine,
    localOffset: LocalOffset,
    known: readonly ClockDifference[],
  ) {
    this.#header = header;
    this.#line = line;
    this.#localOffset = localOffset;
    this.#fieldStamp = createStamp(createStampContext(localOffset));
    this.#stampClock = createStampClock(localOffset);
    this.#placer = new TimePlacer(known);
  }

  /** Begins a batch. `place`: the key of its cursor. */
  begin(place: string): void {
    this.#place = place;
  }

  /** Builds a match. `address`: the address in `{ip}`, if it was already parsed. */
  ofText(rule: CompiledRule, captures: Captures, span: LineSpan, address?: Ip): Match {
    const { repeatGroups } = rule;
    const repeated =
      repeatGroups.length === 0 ? 1 : readCount(firstCapture(captures, repeatGroups));
    return this.#build(rule, span, {
      peer: address === undefined ? peerIn(captures, rule) : undefined,
      address,
      user: firstCapture(captures, rule.userGroups),
      repeated,
      times: captureOf(captures, rule.timeGroups),
      connection: connectionIn(captures, rule),
      port: rule.kind === "success" ? firstCapture(captures, rule.portGroups) : undefined,
    });
  }

  ofRecord(rule: RecordRule, values: RecordMatch, span: LineSpan): Match {
    return this.#build(rule, span, { ...values, address: undefined, port: undefined });
  }

  /** Repeats a match as often as the current line says. */
  again(match: Match, times: number, span: LineSpan): Match {
    this.#readContext(span);
    const { at, isTimed } = this.#line;
    return { ...match, repeated: times, at, isTimed };
  }

  /** Parses a written time; undefined if it is not a time, or not in the stated form. */
  timeIn(text: string, times?: StatedTimes): Instant | undefined {
    this.#fieldStamp.context.now = this.#line.now;
    return this.#scan(text, this.#fieldStamp, times);
  }

  #scan(text: string, stamp: Stamp, times: StatedTimes | undefined): Instant | undefined {
    const from = skipBlanks(text, 0, text.length);
    const scan = times?.format?.scan ?? scanStamp;
    if (scan(text, from, text.length, stamp) < 0) return undefined;
    return resolveStamp(stamp, this.#line.now, times?.zone ?? this.#localOffset);
  }

  /** Returns the time at the start of the line. */
  headTime(): Instant | undefined {
    const { stamped, stamp } = this.#header;
    return stamped ? this.#stampClock.resolve(stamp, this.#line.now) : undefined;
  }

  takeSkew(): number {
    return this.#placer.takeSkew();
  }

  takeLearned(): readonly ClockDifference[] | undefined {
    return this.#placer.takeLearned();
  }

  /** Learns the clock difference from the last parsed line, which is part of `text`. */
  learnTime(text: string): void {
    const { fields, wrappedAt, now } = this.#line;
    const { stamped, stamp, hostStart, hostEnd } = this.#header;
    if (fields !== undefined || wrappedAt !== undefined || !stamped || hasOffset(stamp)) return;
    const host = this.#sessionKeys.baseOf(text, hostStart, hostEnd);
    const time = this.#stampClock.resolve(stamp, now);
    this.#placer.observe({ stamp: time, isExplicit: false, host }, now);
  }

  #build(
    rule: CompiledRule | RecordRule,
    span: LineSpan,
    { peer, address, user, repeated, times, head, connection, port }: Captured,
  ): Match {
    const line = this.#line;
    this.#readContext(span);
    const ip = address ?? (peer === undefined ? undefined : addressIn(peer));
    const { at, isTimed } = this.#timeOf({ times, head }, rule.times, span);
    const match: Match = {
      kind: rule.kind,
      rule: rule.id,
      counting: rule.counting,
      closes: rule.closes,
      ip,
      host: ip === undefined ? peer : undefined,
      user: user === "" ? undefined : user,
      login: rule.kind === "success" ? { method: rule.login, port: readPort(port) } : undefined,
      repeated: Math.min(line.repeated * repeated, MAX_REPEATED),
      at,
      isTimed,
      session:
        connection === undefined
          ? sessionKey(line.host, line.pid)
          : sessionKey(
              connectionBase(line.host, line.pid === 0 ? this.#place + connection : connection),
              line.pid || NO_PROCESS,
            ),
    };
    const numbered: Match =
      connection === undefined ? match : { ...match, isConnectionNumbered: true };
    return user === "" ? { ...numbered, isUserEmpty: true } : numbered;
  }

  /**
   * Returns when the line happened. The journal provides the time of an entry; otherwise the rule's own field is
   * preferred to the header.
   */
  #timeOf(
    { times, head }: { readonly times: readonly string[]; readonly head: string | undefined },
    stated: StatedTimes | undefined,
    span: LineSpan,
  ): LineTime {
    if (this.#line.fields !== undefined) return this.#line;
    for (const text of times) {
      const said = this.timeIn(text, stated);
      if (said !== undefined) return this.#fieldTime(said, this.#fieldStamp, stated);
    }
    // A number at the head of a line is a time only if it is a recent one.
    const { spare, stamped } = this.#header;
    const began = stamped || head === undefined ? undefined : this.#scan(head, spare, stated);
    if (began !== undefined) return this.#fieldTime(began, spare, stated);
    return stated === undefined ? this.#line : this.#statedTime(stated, span);
  }

  #fieldTime(said: Instant, stamp: Stamp, stated: StatedTimes | undefined): LineTime {
    const isExplicit = stated?.zone !== undefined || hasOffset(stamp);
    return { at: this.#believe(said, isExplicit), isTimed: true };
  }

  /**
   * Returns the line's time in the stated zone and form. A syslog daemon writes its own form, and local time unless the
   * zone is that of the log.
   */
  #statedTime({ zone, zoneOf, format }: StatedTimes, span: LineSpan): LineTime {
    const { programStart, programEnd, stamped, format: found } = this.#header;
    const { now, wrappedAt } = this.#line;
    const isSyslog = programEnd > programStart;
    const fits = isSyslog || format === undefined || (stamped && found?.text === format.text);
    const stamp = fits ? this.#stampOf(span) : undefined;
    const own = isSyslog && zoneOf === "service" ? undefined : zone;
    if (stamp !== undefined && (own === undefined || hasOffset(stamp))) return this.#line;
    const read = stamp && resolveStamp(stamp, now, own ?? this.#localOffset);
    const at = read ?? wrappedAt;
    return { at: this.#believe(at, true), isTimed: at !== undefined };
  }

  /** Reads time and host of the line, and caches them for lines that begin with the same characters. */
  #readContext(span: LineSpan): void {
    const line = this.#line;
    const header = this.#header;
    const { fields, wrappedAt } = line;
    const own = fields === undefined && wrappedAt === undefined;
    if (own && header.reading === line.reading) return;
    line.host =
      fields === undefined
        ? this.#sessionKeys.baseOf(line.text, header.hostStart, header.hostEnd)
        : this.#sessionKeys.baseOf(fields.host, 0, fields.host.length);
    const stamp = fields === undefined ? this.#stampOf(span) : undefined;
    const at = (stamp && this.#stampClock.resolve(stamp, line.now)) ?? fields?.at ?? wrappedAt;
    line.at = this.#believe(at, stamp === undefined ? !own : hasOffset(stamp));
    line.isTimed = at !== undefined;
    line.reading = own ? header.reading : NO_READING;
  }

  /**
   * Returns the time at the start of the line, else where web servers write it. A single word at the start may be a
   * client's.
   */
  #stampOf(span: LineSpan): Stamp | undefined {
    const { stamped, stamp, spare, format, programStart, programEnd, bodyStart } = this.#header;
    const { text } = this.#line;
    const { start, end } = span.unwrapped === undefined ? span : { start: 0, end: text.length - 1 };
    if (!stamped) return scanInnerStamp(text, start, end, stamp) ? stamp : undefined;
    if (format !== undefined || programEnd > programStart) return stamp;
    if (blankAfter(text, start, end) < bodyStart - 1) return stamp;
    return scanInnerStamp(text, start, end, spare) ? spare : stamp;
  }

  #believe(stamp: Instant | undefined, isExplicit: boolean): Instant {
    const { host, now, arrival, wrappedAt } = this.#line;
    if (stamp !== undefined && wrappedAt !== undefined) {
      const written = wrappedTime(stamp, wrappedAt, isExplicit);
      return this.#placer.place({ stamp: written, isExplicit: true, host }, now, arrival);
    }
    return this.#placer.place({ stamp, isExplicit, host }, now, arrival);
  }
}

/** When a line happened, and whether it says so. */
type LineTime = Pick<Match, "at" | "isTimed">;

/** What a rule captured from a line. */
interface Captured {
  /** The peer as written; undefined if the address is known. */
  readonly peer: string | undefined;
  readonly address: Ip | undefined;
  readonly user: string | undefined;
  readonly repeated: number;
  /** Possible times, best first. */
  readonly times: readonly string[];
  /** What the line begins with, if that may be its time. */
  readonly head?: string;
  /** Identifies one of several connections that the process handles. */
  readonly connection: string | undefined;
  readonly port: string | undefined;
}

/**
 * Replaces the process id in an application's own log, where the connection number suffices. No process has this id.
 */
const NO_PROCESS = 2 ** 24 - 1;

const NO_TIMES: readonly string[] = [];

function captureOf(captures: Captures, groups: CompiledRule["timeGroups"]): readonly string[] {
  const time = groups.length === 0 ? undefined : firstCapture(captures, groups);
  return time === undefined ? NO_TIMES : [time];
}

/**
 * Parses an address with text around it: a regular expression may also capture surrounding spaces, and a word may
 * include punctuation or a port.
 */
function addressIn(peer: string): Ip | undefined {
  const ip = parseIp(peer);
  if (ip !== undefined || peer.length > MAX_DECORATED) return ip;
  const { v4, v6, plain } = DECORATED.exec(peer)?.groups ?? {};
  const address = v4 ?? v6 ?? plain;
  return address === undefined ? undefined : parseIp(address);
}

/** Maximum length of an address with zone, brackets and port. */
const MAX_DECORATED = 100;
/** Matches `192.0.2.7:443`, `[2001:db8::7]:443`, `(192.0.2.7)`, `192.0.2.7,`: one address and no letter besides. */
const DECORATED =
  /^[ \t]*["'(<[]*(?:(?<v4>[\d.]+\d):\d{1,5}|(?<=\[)(?<v6>[\da-fA-F:.]+(?:%[\w.~-]+)?)\]:\d{1,5}|(?<plain>[\da-fA-F:.]*[\da-fA-F:](?:%[\w.~-]+)?))["')>\]]*[.,;:]?[ \t]*$/;
