/**
 * Keeps who is logged in, in memory: a restart logs everyone out. A session has two secrets. The browser sends one as a
 * cookie, and the page sends the other, which only this origin can read, as a header. A cookie alone is not enough,
 * because browsers send it to every port of a host: another service on 127.0.0.1 would receive it.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { WebUser } from "../roles.ts";

export interface Session {
  readonly user: WebUser;
  /** Hash of the header's secret. */
  readonly token: Buffer;
  readonly began: number;
  lastUsed: number;
}

export interface OpenedSession {
  readonly cookie: string;
  readonly token: string;
}

const IDLE_MS = 12 * 3_600_000;
export const MAX_SESSION_MS: number = 7 * 24 * 3_600_000;
/**
 * Maximum number of sessions. Beyond it the user with the most loses the one that was not used for longest, so that
 * nobody logs others out by logging in often.
 */
const MAX_SESSIONS = 200;

export class Sessions {
  /** By the hash of the cookie, oldest use first. */
  readonly #sessions = new Map<string, Session>();

  open(user: WebUser, now: number): OpenedSession {
    const [cookie, token] = [newSecret(), newSecret()];
    if (this.#sessions.size >= MAX_SESSIONS) this.#endOldestOfMost();
    this.#sessions.set(keyOf(cookie), { user, token: hashOf(token), began: now, lastUsed: now });
    return { cookie, token };
  }

  /** Returns the session of these secrets; undefined: it does not exist, or has ended. */
  find(cookie: string | undefined, token: string | undefined, now: number): Session | undefined {
    if (cookie === undefined || token === undefined) return undefined;
    const key = keyOf(cookie);
    const session = this.#sessions.get(key);
    if (session === undefined || !timingSafeEqual(session.token, hashOf(token))) return undefined;
    this.#sessions.delete(key);
    if (now - session.lastUsed > IDLE_MS || now - session.began > MAX_SESSION_MS) return undefined;
    session.lastUsed = now;
    this.#sessions.set(key, session);
    return session;
  }

  /** Reports whether a session still exists, without using it. */
  isOpen(session: Session): boolean {
    return [...this.#sessions.values()].includes(session);
  }

  close(cookie: string): void {
    this.#sessions.delete(keyOf(cookie));
  }

  #endOldestOfMost(): void {
    const byUser = Map.groupBy(this.#sessions, ([, { user }]) => user.name);
    const [most] = [...byUser.values()].toSorted((a, b) => b.length - a.length);
    const [oldest] = most ?? [];
    if (oldest !== undefined) this.#sessions.delete(oldest[0]);
  }
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function keyOf(cookie: string): string {
  return hashOf(cookie).toString("base64url");
}
