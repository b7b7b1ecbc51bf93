/** A sign that a person who may be here is at an address right now, or was a short while ago. */
import { formatInstant, type Instant, instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/**
 * session: utmp or logind lists it. connection: the very connection of a login is established. operator: a session over
 * SSH in which the daemon or a command was started. key-login: a login by key, not long ago.
 */
export interface Presence {
  readonly kind: "session" | "connection" | "operator" | "key-login";
  /** Empty for an operator. */
  readonly account: string;
  readonly from: Ip;
  /** When it began; of a key-login when it was. */
  readonly since: Instant;
  /** For people: the terminal, the port, the program. */
  readonly by: string;
}

/** "alice is logged in from 192.0.2.7 since 2026-03-02T08:00:00Z (pts/0)" */
export function formatPresence({ kind, account, from, since, by }: Presence): string {
  switch (kind) {
    case "session":
    case "connection":
      return `${account} is logged in from ${from} since ${formatInstant(since)} (${by})`;
    case "operator":
      return `an SSH session from ${from} is open (${by})`;
    case "key-login":
      return `${account} logged in with a key from ${from} at ${formatInstant(since)} (${by})`;
  }
}

/** When whoever came last did. */
export function newestOf(presences: readonly Presence[]): Instant {
  return instant(Math.max(0, ...presences.map(({ since }) => since)));
}
