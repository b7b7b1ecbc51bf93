import type { Subject } from "./cidr.ts";
import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/** key: shown by holding something that cannot be guessed (a key, a host's or Kerberos' credential). password: all else. */
export const LOGIN_METHODS = ["key", "password"] as const;
export type LoginMethod = (typeof LOGIN_METHODS)[number];

/** IPv6 logins are kept by this prefix: the rest of the address changes by the day. */
export const LOGIN_IPV6_PREFIX = 64;

/** Every login of one account of one program from one place, as the book keeps it. */
export interface Login {
  /** An IPv4 address or an IPv6 /64; of hosts that share a /64, the address. */
  readonly subject: Subject;
  readonly account: string;
  /** The filter that recognized it: accounts of different programs are different accounts. */
  readonly filter: string;
  /** The address seen last. */
  readonly ip: Ip;
  /** When a key was shown last; undefined: never. */
  readonly keyAt: Instant | undefined;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly count: number;
  /** The peer's ports of the newest connections, newest first: each names one connection. At most 4. */
  readonly ports: readonly number[];
}

/** What a batch of lines says of one account's logins from one place by one method. */
export interface LoginNote extends Pick<Login, "subject" | "account" | "filter" | "ip" | "ports"> {
  readonly method: LoginMethod;
  readonly at: Instant;
  readonly times: number;
}
