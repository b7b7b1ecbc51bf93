/**
 * Joins the lines of one session (<F-MLFID>: a connection or process), so that a failure gets the session's address.
 * Keeps at most 100 sessions, dropping the oldest first, each for five minutes, with its last 100 lines and first 100
 * user names. Copies texts that it keeps, because a slice would keep the whole chunk of the log in memory.
 */
import { detachString } from "../../../domain/detach-string.ts";
import type { Groups } from "../groups.ts";
import type { CutLine } from "./cut-line.ts";

export interface Session {
  /** Groups of its lines so far; later values replace earlier ones. */
  readonly groups: Groups;
  /** User names tried; more than one is a failure, even if the last line is not. */
  readonly users: ReadonlySet<string>;
  /** Lines that led to the failure. */
  readonly lines: readonly CutLine[];
}

/** A session after one more line. */
export interface Joined extends Session {
  /** Whether the line is not a failure, or not yet. */
  readonly context: boolean;
  /** Marks the failure as waiting for an address. */
  suspend(): void;
}

export interface EndingLine {
  readonly gained: boolean;
  readonly user: string | undefined;
  readonly now: number;
}

export interface SessionLine {
  /** Usually one line; empty if lines are not kept. */
  readonly lines: readonly CutLine[];
  readonly now: number;
}

interface OpenSession {
  key: string;
  readonly until: number;
  readonly groups: Groups;
  users: Set<string>;
  lines: readonly CutLine[];
  contextLines: readonly CutLine[];
  /** Whether a failure waits for an address. */
  isPending: boolean;
  /** Whether all texts are copies instead of slices of lines. */
  isCopied: boolean;
}

const MAX_SESSIONS = 100;
const MAX_LINES = 100;
const MAX_USERS = 100;
const MAX_USER_LENGTH = 1024;
const KEPT_MS = 300_000;
/** Number of lines after which open sessions are copied: most sessions end earlier and need no copy. */
const COPY_EVERY = 500;
/** Number of characters of a key that are hashed. */
const HASHED_LENGTH = 8;
const NO_LINES: readonly CutLine[] = [];

export class Sessions {
  /** Open sessions, oldest first. */
  readonly #sessions = new Set<OpenSession>();
  /** Sessions by a hash of the end of their key, because a Map must first flatten and hash a slice of a line. */
  readonly #byHash = new Map<number, readonly OpenSession[]>();
  #joins = 0;

  /** Adds a line to its session. A new session takes over the object `groups`. */
  join(key: string, groups: Groups, { lines, now }: SessionLine): Joined {
    if (++this.#joins % COPY_EVERY === 0) this.#copyTexts();
    const gained = Boolean(groups.get("mlfgained"));
    if (gained && !groups.get("nofail")) groups.set("nofail", groups.get("mlfgained"));
    const forget = Boolean(groups.get("mlfforget"));
    groups.delete("mlfforget");
    const isHarmless = gained || Boolean(groups.get("nofail"));
    const known = this.#recall(key, now);
    const session = known ?? this.#begin(newSession(key, groups, now), !forget);
    session.isCopied = false;
    if (known !== undefined) addToSession(known, groups, gained);
    if (forget) this.#remove(session);
    const isSuspicious = session.isPending || session.users.size > 1;
    session.isPending = false;
    if (isSuspicious) {
      session.groups.delete("nofail");
      session.groups.delete("mlfgained");
    }
    const context = isHarmless && !isSuspicious;
    keepLines(session, lines, { context, forget });
    return {
      groups: session.groups,
      users: session.users,
      lines: session.lines,
      context,
      suspend() {
        session.isPending = true;
      },
    };
  }

  /** Ends a session with a harmless line. Returns false if the session has a failure, so the line must be joined. */
  end(key: string, { gained, user, now }: EndingLine): boolean {
    const session = this.#recall(key, now);
    if (session === undefined) return true;
    const { users } = session;
    const guesses = users.size + Number(Boolean(user) && !users.has(user ?? ""));
    if (guesses > 1 || (session.isPending && !gained)) return false;
    this.#remove(session);
    return true;
  }

  #recall(key: string, now: number): OpenSession | undefined {
    const session = this.#byHash.get(hashEnd(key))?.find((one) => one.key === key);
    if (session === undefined || session.until > now) return session;
    this.#remove(session);
    return undefined;
  }

  /** Begins a session; it is not kept if its first line also ends it. */
  #begin(session: OpenSession, isKept: boolean): OpenSession {
    if (!isKept) return session;
    addUser(session, session.groups);
    if (this.#sessions.size >= MAX_SESSIONS) {
      const [oldest] = this.#sessions;
      if (oldest !== undefined) this.#remove(oldest);
    }
    const hash = hashEnd(session.key);
    this.#sessions.add(session);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), session]);
    return session;
  }

  #remove(session: OpenSession): void {
    if (!this.#sessions.delete(session)) return;
    const hash = hashEnd(session.key);
    const others = this.#byHash.get(hash)?.filter((one) => one !== session) ?? [];
    if (others.length === 0) this.#byHash.delete(hash);
    else this.#byHash.set(hash, others);
  }

  #copyTexts(): void {
    for (const session of this.#sessions) if (!session.isCopied) copyTexts(session);
  }
}

function newSession(key: string, groups: Groups, now: number): OpenSession {
  return {
    key,
    until: now + KEPT_MS,
    groups,
    users: new Set<string>(),
    lines: NO_LINES,
    contextLines: NO_LINES,
    isPending: false,
    isCopied: false,
  };
}

/** Stores a line of the session; lines of context are kept until a failure needs them. */
function keepLines(
  session: OpenSession,
  lines: readonly CutLine[],
  { context, forget }: { readonly context: boolean; readonly forget: boolean },
): void {
  if (!context) {
    session.lines = joined(joined(session.contextLines, session.lines), lines);
    session.contextLines = NO_LINES;
  } else if (!forget) session.contextLines = joined(session.contextLines, lines);
}

/** Hashes only the last characters of a key; lookups compare the whole key. */
function hashEnd(key: string): number {
  let end = key.length;
  for (let i = Math.max(0, key.length - HASHED_LENGTH); i < key.length; i++)
    end = (end * 31 + key.charCodeAt(i)) | 0;
  return end;
}

function addToSession(session: OpenSession, groups: Groups, gained: boolean): void {
  addUser(session, groups);
  const hadNofail = Boolean(session.groups.get("nofail"));
  const hadGained = Boolean(session.groups.get("mlfgained"));
  session.groups.delete("nofail");
  session.groups.delete("mlfgained");
  // After a successful login, earlier failures no longer count.
  if (gained) session.isPending = false;
  // Lines of earlier failures were already reported.
  if (!hadNofail && !hadGained && !session.isPending) session.lines = NO_LINES;
  groups.forEach((value, name) => {
    if (value !== undefined) session.groups.set(name, value);
  });
}

function copyTexts(session: OpenSession): void {
  const { groups } = session;
  session.key = detachString(session.key);
  groups.forEach((value, name) => {
    if (value !== undefined) groups.set(name, detachString(value));
  });
  session.users = new Set([...session.users].map(detachString));
  session.lines = session.lines.map(ownLine);
  session.contextLines = session.contextLines.map(ownLine);
  session.isCopied = true;
}

function ownLine(line: CutLine): CutLine {
  return { ...line, source: detachString(line.source), lent: detachString(line.lent) };
}

function joined(before: readonly CutLine[], after: readonly CutLine[]): readonly CutLine[] {
  if (before.length === 0) return after;
  return after.length === 0 ? before : [...before, ...after].slice(-MAX_LINES);
}

/** Adds a user name. Tried names are listed at the position of the first user group. */
function addUser({ users, groups: own }: OpenSession, groups: Groups): void {
  const user = groups.get("user");
  if (!user) return;
  if (users.size < MAX_USERS) users.add(user.slice(0, MAX_USER_LENGTH));
  if (!own.has(USERS)) own.set(USERS, undefined);
}

/** Name of the group that lists the tried user names. */
export const USERS = "users";
