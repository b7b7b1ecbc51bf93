/**
 * Finds failures in lines the way fail2ban does with a filter's options: the date is cut out of the line, prefregex
 * narrows, failregexes are tried in order, ignoreregexes excuse, and lines of one session (<F-MLFID>) are joined until a
 * failure and an address have met. Owns the sessions (at most 100, five minutes) and the last lines of a filter that
 * looks at several at once.
 */
import { type Instant, instant } from "../domain/instant.ts";
import type { LocalOffset } from "../parse/timestamp.ts";
import type { DateDetector } from "./date-detector.ts";
import { createHeadMemory } from "./head-memory.ts";
import { resolveDate } from "./date-fields.ts";
import type { FilterExpression, FilterMatch, Groups } from "./filter-expression.ts";

export interface ForeignRules {
  readonly failures: readonly FilterExpression[];
  readonly ignored: readonly FilterExpression[];
  readonly prefix: FilterExpression | undefined;
  readonly maxLines: number;
  readonly dates: DateDetector;
  /** Minutes east, for dates without a zone. */
  readonly defaultZone: number | undefined;
  readonly localOffset: LocalOffset;
}

export interface ForeignFailure {
  /** Index of the failregex. */
  readonly rule: number;
  /** Address, network or name as the line gives it; undefined: not known yet, it belongs to a session. */
  readonly id: string | undefined;
  readonly kind: "address" | "name" | "other";
  readonly at: Instant | undefined;
  readonly groups: Groups;
  /** Lines of the session that led to it. */
  readonly lines: readonly string[];
  /** Every user name tried in the session. */
  readonly users: ReadonlySet<string>;
}

export interface ReadLine {
  readonly line: string;
  /** Of a source that knows it; then the line holds no date. */
  readonly at: Instant | undefined;
  readonly now: Instant;
}

export interface LookOptions {
  /** Every failregex is tried, not only until the first match: how filters are tested. */
  readonly everyRule: boolean;
}

export interface ForeignFilter {
  look(read: ReadLine): readonly ForeignFailure[];
  /** What the last line looked at: the line without its date. */
  readonly lastText: string;
}

/** A line in three: before the date, the date, after it. */
type Parts = readonly [string, string, string];

interface Session {
  readonly since: number;
  groups: Groups;
  users: Set<string>;
  lines: string[];
  contextLines: string[];
  /** Set by a failure without an address. */
  pending: boolean;
  nofail: boolean;
  gained: boolean;
}

const SESSIONS = 100;
const SESSION_MS = 300_000;
/** How long the date of the line before stands in for a missing one. */
const RECENT_MS = 60_000;

export function createForeignFilter(
  rules: ForeignRules,
  { everyRule }: LookOptions = { everyRule: false },
): ForeignFilter {
  const { failures, ignored, prefix, maxLines } = rules;
  const sessions = new Map<string, Session>();
  const heads = createHeadMemory();
  let buffer: readonly Parts[] = [];
  let lastText = "";
  let last: { readonly at: Instant; readonly text: string } | undefined;

  function look({ line, at, now }: ReadLine): readonly ForeignFailure[] {
    const { parts, date } =
      at === undefined ? splitDate(line, now) : { parts: ["", "", line] as const, date: at };
    if (at !== undefined) last = { at, text: "" };
    lastText = parts[0] + parts[2];
    return findFailures(parts, date, now);
  }

  function splitDate(line: string, now: Instant): { parts: Parts; date: Instant | undefined } {
    const known = heads.recall(line, now);
    if (known !== undefined) {
      rules.dates.again();
      const text = line.slice(0, known.length);
      last = { at: known.at, text };
      return { parts: ["", text, line.slice(known.length)], date: known.at };
    }
    const found = rules.dates.find(line);
    const recent = last !== undefined && last.at > now - RECENT_MS ? last : undefined;
    if (found === undefined) {
      if (recent !== undefined) return { parts: ["", recent.text, line], date: recent.at };
      return { parts: ["", "", line], date: undefined };
    }
    const { dateStart, dateEnd, fields } = found;
    const text = line.slice(dateStart, dateEnd);
    const parts: Parts = [line.slice(0, dateStart), text, line.slice(dateEnd)];
    if (text === "") {
      if (recent !== undefined) return { parts: ["", recent.text, line], date: recent.at };
      return { parts, date: now };
    }
    const { defaultZone, localOffset } = rules;
    const date = resolveDate(fields, { now, localOffset, defaultZone });
    if (date !== undefined) {
      last = { at: date, text };
      // A pattern bound to the start of the line is tried first and taken at once, so the next line is read alike.
      if (found.template.lineBegin && dateStart === 0 && fields.get("S"))
        heads.remember(line, { length: dateEnd, at: date, now });
    } else if (recent !== undefined) return { parts: ["", recent.text, line], date: recent.at };
    return { parts, date };
  }

  function findFailures(
    parts: Parts,
    at: Instant | undefined,
    now: Instant,
  ): readonly ForeignFailure[] {
    buffer = maxLines > 1 ? [...buffer, parts].slice(-maxLines) : [parts];
    const original = buffer;
    let text: string | undefined = joinLines(buffer);
    if (ignored.length > 0 && ignored.length < failures.length - 2 && isIgnored(text)) return [];
    let before: Groups = new Map();
    if (prefix !== undefined) {
      const match = prefix.search(text);
      if (match === undefined) return [];
      before = match.groups;
      const content = before.get("content");
      before.delete("content");
      if (content) {
        buffer = [["", "", content]];
        text = undefined;
      }
    }
    const found: ForeignFailure[] = [];
    for (const [rule, expression] of failures.entries()) {
      text ??= joinLines(buffer);
      const match = expression.search(text);
      if (match === undefined) continue;
      const lines = splitMatched(match, text, original);
      if (ignored.length > 0 && isIgnored(maxLines > 1 ? joinLines(lines.matched) : text)) {
        if (!everyRule || maxLines > 1) buffer = lines.unmatched;
        text = undefined;
        if (!everyRule) break;
        continue;
      }
      if (at === undefined && !everyRule) continue;
      if (!everyRule || maxLines > 1) {
        buffer = lines.unmatched;
        text = undefined;
      }
      const groups = new Map([...before, ...match.groups]);
      // What took no part says nothing over what the prefix said.
      for (const [name, value] of before)
        if (groups.get(name) === undefined && !match.groups.has(name)) groups.set(name, value);
      const failure = judge({ rule, groups, at, now, lines: lines.matched });
      if (failure !== undefined) found.push(failure);
      if (!everyRule) break;
    }
    return found;
  }

  function isIgnored(text: string): boolean {
    return ignored.some((expression) => expression.search(text) !== undefined);
  }

  interface Judged {
    readonly rule: number;
    readonly groups: Groups;
    readonly at: Instant | undefined;
    readonly now: Instant;
    readonly lines: readonly Parts[];
  }

  /** undefined: no failure, or none yet. */
  function judge({ rule, groups, at, now, lines }: Judged): ForeignFailure | undefined {
    const key = groups.get("mlfid");
    const own = lines.map(joinParts);
    if (key === undefined) {
      const user = groups.get("user");
      return identify({ rule, groups, at, lines: own, users: new Set(user ? [user] : []) });
    }
    const session = join(key, groups, own, at ?? now);
    if (session.nofail) return undefined;
    const { groups: merged, users } = session;
    const failure = identify({ rule, groups: merged, at, lines: session.lines, users });
    if (failure.id !== undefined) return failure;
    session.pending = true;
    return undefined;
  }

  /** One more line of a session: what it holds now. */
  function join(key: string, groups: Groups, lines: readonly string[], at: number): Session {
    const gained = groups.get("mlfgained") !== undefined;
    const nofail = gained || groups.get("nofail") !== undefined;
    const forget = groups.get("mlfforget") !== undefined;
    const before = take(key, at);
    const user = groups.get("user");
    const session: Session = before ?? {
      since: at,
      groups: new Map(),
      users: new Set(),
      lines: [],
      contextLines: [],
      pending: false,
      nofail: false,
      gained: false,
    };
    // A line that ends its session begins none.
    if (user && (before !== undefined || !forget)) session.users.add(user);
    if (before !== undefined) {
      const hadFlags = before.nofail || before.gained;
      if (gained) session.pending = false;
      // What led to earlier failures was told with them.
      if (!hadFlags && !session.pending) session.lines = [];
    }
    for (const [name, value] of groups)
      if (value !== undefined || !session.groups.has(name)) session.groups.set(name, value);
    if (forget) sessions.delete(key);
    else sessions.set(key, session);
    // Several names in one session are guessing, whatever the last line says.
    const suspicious = session.pending || session.users.size > 1;
    session.pending = false;
    session.nofail = nofail && !suspicious;
    session.gained = gained && !suspicious;
    if (!session.nofail) {
      session.lines = [...session.contextLines, ...session.lines, ...(session.gained ? [] : lines)];
      session.contextLines = [];
    } else if (!forget) session.contextLines = [...session.contextLines, ...lines];
    return session;
  }

  function take(key: string, at: number): Session | undefined {
    const session = sessions.get(key);
    if (session === undefined) {
      while (sessions.size >= SESSIONS) {
        const oldest = sessions.keys().next().value;
        if (oldest === undefined) break;
        sessions.delete(oldest);
      }
      return undefined;
    }
    if (at - session.since <= SESSION_MS) return session;
    sessions.delete(key);
    return undefined;
  }

  return {
    look,
    get lastText() {
      return lastText;
    },
  };
}

function identify({
  rule,
  groups,
  at,
  lines,
  users,
}: Omit<ForeignFailure, "id" | "kind">): ForeignFailure {
  const fid = groups.get("fid");
  const address = groups.get("ip4") ?? groups.get("ip6");
  const cidr = groups.get("cidr");
  const name = groups.get("dns");
  const whole = address !== undefined && cidr ? `${address}/${cidr}` : address;
  const id = fid ?? whole ?? name;
  const kind =
    fid !== undefined && fid !== whole ? "other" : whole !== undefined ? "address" : "name";
  return { rule, id, kind, at: at === undefined ? undefined : instant(at), groups, lines, users };
}

function joinParts([before, , after]: Parts): string {
  return before + after;
}

function joinLines(lines: readonly Parts[]): string {
  return `${lines.map(joinParts).join("\n")}\n`;
}

/** Which lines a match covers, without those it skipped, and which are left for later. */
function splitMatched(
  { start, end, skipped }: FilterMatch,
  text: string,
  lines: readonly Parts[],
): { matched: readonly Parts[]; unmatched: readonly Parts[] } {
  if (lines.length <= 1) return { matched: lines, unmatched: [] };
  const lineStart = text.lastIndexOf("\n", start) + 1;
  const nextEnd = text.indexOf("\n", Math.max(0, end - 1));
  const lineEnd = nextEnd < 0 ? text.length : nextEnd + 1;
  const count = (until: number): number => text.slice(0, until).split("\n").length - 1;
  const [first, past] = [count(lineStart), count(lineEnd)];
  const matched = lines.slice(first, past);
  const unmatched = [...lines.slice(0, first)];
  for (const line of skipped) {
    const index = matched.findIndex((parts) => joinParts(parts) === line);
    if (index >= 0) unmatched.push(...matched.splice(index, 1));
  }
  return { matched, unmatched: [...unmatched, ...lines.slice(past)] };
}
