/** Defines the input and the outcomes of a login attempt to a service. */
import type { Ip } from "../../domain/ip.ts";
import type { Duration } from "../../domain/duration.ts";

export interface DialTarget {
  readonly to: Ip;
  readonly port: number;
  /** Whether the service expects TLS from the first byte. */
  readonly tls: boolean;
}

export interface Dial extends DialTarget {
  /** A local source address; undefined: the kernel chooses. */
  readonly from: Ip | undefined;
  /** A user name that does not exist. */
  readonly user: string;
  readonly limit: Duration;
}

/**
 * refused: the service rejected the login, as it must. let-in: it accepted a user who does not exist. unreachable: no
 * process answers. not-asked: it answers, but does not ask for a password. `answer` quotes the service, for the report.
 */
export interface DialOutcome {
  readonly kind: "refused" | "let-in" | "unreachable" | "not-asked";
  readonly answer: string;
}
