/**
 * Joins the lines of one session (<F-MLFID>: one connection, one process) until a failure and an address have met.
 * Owns the sessions: at most 100, the oldest goes first, none longer than five minutes, each with its last 100 lines and
 * first 100 names. What it keeps for long is a copy: a window into a line would keep all that was read with that line.
 */
import { detachString } from "../../../domain/detach-string.ts";
import type { Groups } from "../groups.ts";
import type { CutLine } from "./cut-line.ts";

export interface Session {
  /** What its lines said so far, the later over the earlier. */
  readonly groups: Groups;
  /** Names tried; more than one is guessing, whatever the last line says. */
  readonly users: ReadonlySet<string>;
  /** That led to the failure. */
  readonly lines: readonly CutLine[];
}

/** What one more line made of its session. */
export interface Joined extends Session {
  /** It is no failure, or none yet. */
  readonly context: boolean;
  /** The line is a failure, but nobody knows yet of whom. */
  suspend(): void;
}

export interface Sessions {
  /** By a line that is no failure. false: the session knows of one, so the line has to join it. */
  end(key: string, line: EndingLine): boolean;
  /** `groups` of the line become the session's when it is new. */
  join(key: string, groups: Groups, line: SessionLine): Joined;
}

export interface EndingLine {
  readonly gained: boolean;
  readonly user: string | undefined;
  readonly now: number;
}

export interface SessionLine {
  /** Usually one; none where nobody asks for them. */
  readonly lines: readonly CutLine[];
  readonly now: number;
}

interface Kept {
  key: string;
  readonly until: number;
  readonly groups: Groups;
  users: Set<string>;
  lines: readonly CutLine[];
  contextLines: readonly CutLine[];
  /** A failure of it waits for an address. */
  pending: boolean;
  /** Nothing in it is a window into a line. */
  copied: boolean;
}

const MOST = 100;
const MOST_LINES = 100;
const MOST_USERS = 100;
/** Characters of a name that are kept. */
const LONGEST_USER = 1024;
const KEPT_MS = 300_000;
/** Lines that join between two rounds of copying: most sessions end before, and need none. */
const COPY_EVERY = 500;
const END = 8;
const NO_LINES: readonly CutLine[] = [];

export function createSessions(): Sessions {
  /** The oldest first. */
  const sessions = new Set<Kept>();
  /** By the end of their keys: a Map takes longer to look up a text cut out of a line. */
  const byEnd = new Map<number, readonly Kept[]>();
  let joins = 0;

  function join(key: string, groups: Groups, { lines, now }: SessionLine): Joined {
    if (++joins % COPY_EVERY === 0)
      for (const session of sessions) if (!session.copied) copyTexts(session);
    const gained = Boolean(groups.get("mlfgained"));
    if (gained && !groups.get("nofail")) groups.set("nofail", groups.get("mlfgained"));
    const forget = Boolean(groups.get("mlfforget"));
    groups.delete("mlfforget");
    const context = gained || Boolean(groups.get("nofail"));
    const known = recall(key, now);
    const session = known ?? begin(key, groups, { now, kept: !forget });
    session.copied = false;
    if (known !== undefined) carryOn(known, groups, gained);
    if (forget) remove(session);
    const suspicious = session.pending || session.users.size > 1;
    session.pending = false;
    if (suspicious) {
      session.groups.delete("nofail");
      session.groups.delete("mlfgained");
    }
    const harmless = context && !suspicious;
    if (!harmless) {
      session.lines = joined(joined(session.contextLines, session.lines), lines);
      session.contextLines = NO_LINES;
    } else if (!forget) session.contextLines = joined(session.contextLines, lines);
    return {
      groups: session.groups,
      users: session.users,
      lines: session.lines,
      context: harmless,
      suspend() {
        session.pending = true;
      },
    };
  }

  function end(key: string, { gained, user, now }: EndingLine): boolean {
    const session = recall(key, now);
    if (session === undefined) return true;
    const { users } = session;
    const guesses = users.size + Number(Boolean(user) && !users.has(user ?? ""));
    if (guesses > 1 || (session.pending && !gained)) return false;
    remove(session);
    return true;
  }

  function recall(key: string, now: number): Kept | undefined {
    const session = byEnd.get(endOf(key))?.find((one) => one.key === key);
    if (session === undefined || session.until > now) return session;
    remove(session);
    return undefined;
  }

  function add(session: Kept): void {
    const end = endOf(session.key);
    sessions.add(session);
    byEnd.set(end, [...(byEnd.get(end) ?? []), session]);
  }

  function remove(session: Kept): void {
    if (!sessions.delete(session)) return;
    const end = endOf(session.key);
    const others = byEnd.get(end)?.filter((one) => one !== session) ?? [];
    if (others.length === 0) byEnd.delete(end);
    else byEnd.set(end, others);
  }

  /** A line that ends its session begins none that is kept. */
  function begin(
    key: string,
    groups: Groups,
    { now, kept }: { readonly now: number; readonly kept: boolean },
  ): Kept {
    const session: Kept = {
      key,
      until: now + KEPT_MS,
      groups,
      users: new Set<string>(),
      lines: NO_LINES,
      contextLines: NO_LINES,
      pending: false,
      copied: false,
    };
    if (!kept) return session;
    addUser(session, groups);
    if (sessions.size >= MOST) {
      const [oldest] = sessions;
      if (oldest !== undefined) remove(oldest);
    }
    add(session);
    return session;
  }

  return { end, join };
}

/** A number made of the last characters. */
function endOf(key: string): number {
  let end = key.length;
  for (let i = Math.max(0, key.length - END); i < key.length; i++)
    end = (end * 31 + key.charCodeAt(i)) | 0;
  return end;
}

function carryOn(session: Kept, groups: Groups, gained: boolean): void {
  addUser(session, groups);
  const hadNofail = Boolean(session.groups.get("nofail"));
  const hadGained = Boolean(session.groups.get("mlfgained"));
  session.groups.delete("nofail");
  session.groups.delete("mlfgained");
  // Access was gained: what failed before counts no more.
  if (gained) session.pending = false;
  // What led to earlier failures was told with them.
  if (!hadNofail && !hadGained && !session.pending) session.lines = NO_LINES;
  groups.forEach((value, name) => {
    if (value !== undefined) session.groups.set(name, value);
  });
}

function copyTexts(session: Kept): void {
  const { groups } = session;
  session.key = detachString(session.key);
  groups.forEach((value, name) => {
    if (value !== undefined) groups.set(name, detachString(value));
  });
  session.users = new Set([...session.users].map(detachString));
  session.lines = session.lines.map(ownLine);
  session.contextLines = session.contextLines.map(ownLine);
  session.copied = true;
}

function ownLine(line: CutLine): CutLine {
  return { ...line, source: detachString(line.source), lent: detachString(line.lent) };
}

function joined(before: readonly CutLine[], after: readonly CutLine[]): readonly CutLine[] {
  if (before.length === 0) return after;
  return after.length === 0 ? before : [...before, ...after].slice(-MOST_LINES);
}

/** Their place among the groups shows where they would be listed. */
function addUser({ users, groups: own }: Kept, groups: Groups): void {
  const user = groups.get("user");
  if (!user) return;
  if (users.size < MOST_USERS) users.add(user.slice(0, LONGEST_USER));
  if (!own.has(USERS)) own.set(USERS, undefined);
}

/** Stands in the groups where the names tried are listed. */
export const USERS = "users";
