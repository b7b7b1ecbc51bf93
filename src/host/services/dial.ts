/** What every dialled login is given, and how it may end. */
import type { Ip } from "../../domain/ip.ts";
import type { Duration } from "../../domain/duration.ts";

export interface DialTarget {
  readonly to: Ip;
  readonly port: number;
  /** The service expects TLS from the first byte on. */
  readonly tls: boolean;
}

export interface Dial extends DialTarget {
  /** An address of this host to come from; undefined: whichever the kernel takes. */
  readonly from: Ip | undefined;
  /** Exists nowhere. */
  readonly user: string;
  readonly limit: Duration;
}

/**
 * refused: the service said no, as it must. let-in: it accepted a user who does not exist. unreachable: nobody answers
 * there. not-asked: it answers, but asks nobody for a password there. `said` is its own word, for people.
 */
export interface Dialled {
  readonly kind: "refused" | "let-in" | "unreachable" | "not-asked";
  readonly said: string;
}
