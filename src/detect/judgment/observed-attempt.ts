/** Defines what detectors observe: each counted failure, and each login. */
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { LoginMethod } from "../../domain/login.ts";

/** same: a name that logs in here. similar: maybe such a name, mistyped. */
export type NameLikeness = "same" | "similar" | "other";

/** A failure that counts against a subject, in the order in which its lines were read. */
export interface ObservedAttempt {
  readonly jail: JailName;
  readonly subject: Subject;
  /** The address in the line; `subject` may be a network around it. */
  readonly ip: Ip;
  /** Time in the log. Lines may be late, so it may be before that of an earlier attempt. */
  readonly at: Instant;
  /** How much it counts: the attempts that the line reports, and what evidence adds to them. */
  readonly weight: number;
  readonly user: string | undefined;
  /** Id of the filter's rule. */
  readonly rule: string;
  /** Whether the line says that no such user exists. */
  readonly isUnknownUser: boolean;
  /** Whether the line is a request for a path that the jail lists as a honeypot. */
  readonly isHoneypotPath?: boolean;
  /** How `user` compares with names that log in here; missing: as another name. */
  readonly likeness?: NameLikeness;
  /** Whether anybody can register an account. */
  readonly isOpen?: boolean;
}

export interface ObservedLogin {
  readonly jail: JailName;
  readonly ip: Ip;
  readonly at: Instant;
  /** undefined: the line has none, as with services that only log the address. */
  readonly account: string | undefined;
  readonly method: LoginMethod;
  /** Whether anybody can register such an account, so that it says nothing about the address. */
  readonly isOpen?: boolean;
}
