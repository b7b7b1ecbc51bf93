/** Evidence that a legitimate user is at an address now, or was recently. */
import { formatInstant, type Instant, instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/**
 * session: listed by utmp or logind. connection: the connection of a login is still established. operator: an SSH
 * session in which the daemon or a command was started. key-login: a recent login by key.
 */
export interface Presence {
  readonly kind: "session" | "connection" | "operator" | "key-login";
  /** Empty for an operator. */
  readonly account: string;
  readonly from: Ip;
  /** When it began; for a key-login, when it happened. */
  readonly since: Instant;
  /** For display: the terminal, the port, the program. */
  readonly by: string;
}

/** Formats for display: "alice has been logged in from 192.0.2.7 since 2026-03-02T08:00:00Z (pts/0)". */
export function formatPresence({ kind, account, from, since, by }: Presence): string {
  switch (kind) {
    case "session":
    case "connection":
      return `${account} has been logged in from ${from} since ${formatInstant(since)} (${by})`;
    case "operator":
      return `an SSH session from ${from} is open (${by})`;
    case "key-login":
      return `${account} logged in with a key from ${from} at ${formatInstant(since)} (${by})`;
  }
}

/** Returns the latest `since`; 0 for an empty list. */
export function newestOf(presences: readonly Presence[]): Instant {
  return instant(Math.max(0, ...presences.map(({ since }) => since)));
}
