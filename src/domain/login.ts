import type { Subject } from "./cidr.ts";
import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/**
 * key: proven with something that cannot be guessed (a key, a host's or Kerberos' credential). password: everything
 * else.
 */
export const LOGIN_METHODS = ["key", "password"] as const;
export type LoginMethod = (typeof LOGIN_METHODS)[number];

/** IPv6 logins are stored by this prefix: the rest of the address changes daily. */
export const LOGIN_IPV6_PREFIX = 64;

/** The account of a login whose line has none. */
export const NAMELESS = "?";

/** All logins of one account of one program from one subject, as the book stores them. */
export interface Login {
  /** An IPv4 address or an IPv6 /64; the address itself if unrelated hosts share the /64. */
  readonly subject: Subject;
  readonly account: string;
  /** The filter that recognized it: accounts of different programs are different accounts. */
  readonly filter: string;
  /** The most recent address. */
  readonly ip: Ip;
  /** When a key was last used; undefined: never. */
  readonly keyAt: Instant | undefined;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly count: number;
  /**
   * Peer ports of the newest connections, newest first: each identifies one connection. A number above 65535 stands for
   * a process, if the line has no port. At most 4.
   */
  readonly ports: readonly number[];
}

/** Days with logins, beyond which only the newest login decides what is forgotten. */
export const MAX_LOGIN_DAYS = 30;
const DAY_MS = 86_400_000;

/** Returns the days on which these logins may have been. */
export function daysOf({
  count,
  firstAt,
  lastAt,
}: Pick<Login, "count" | "firstAt" | "lastAt">): number {
  return Math.min(MAX_LOGIN_DAYS, count, 1 + Math.floor((lastAt - firstAt) / DAY_MS));
}

/** All logins of one account of one program. */
export interface AccountLogins {
  readonly account: string;
  readonly lastAt: Instant;
  /** Maximum number of days with a login. */
  readonly days: number;
}

/** One account's logins from one subject by one method, in a batch of lines. */
export interface LoginNote extends Pick<Login, "subject" | "account" | "filter" | "ip" | "ports"> {
  readonly method: LoginMethod;
  readonly at: Instant;
  readonly times: number;
}
