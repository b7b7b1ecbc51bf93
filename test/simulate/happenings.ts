/**
 * Defines what the simulated world and the reference model exchange. The world reports what truly happened, of which
 * the daemon sees only a part, and what the daemon showed. The reference model (`reference/`) has no other information.
 * Times are milliseconds of the world's true clock since the simulation began; the daemon's wall clock may differ.
 *
 * The reference model assumes:
 * - A start is `configured` and `started`, in either order, at the same moment; a source that does not exist then is
 * announced by `source-broken`. Every line is announced by `readable`, also while the daemon is down.
 * - There is an observation at each moment in which the list of bans, the kernel or a state changed, and after the last
 * happening of each moment. An array that is the same object as in the previous observation is not compared again.
 * - `source: "auto"` in a policy accepts lines of every source.
 * - A drift of the clock is reported as `clock` with a small step, whenever 100 ms of it have added up.
 */

/** An address in canonical form, or a network in CIDR notation. */
export type SubjectText = string;

/** A jail as configured, with every default filled in. */
export interface JailPolicy {
  readonly name: string;
  /** The service whose lines it reads. */
  readonly service: string;
  /** The configured log, such as `file:/var/log/auth.log` or `journal`. */
  readonly source: string;
  /** Matches of a journal, each a text of fields that must all match; undefined: not a journal. */
  readonly journalMatches?: readonly string[] | undefined;
  readonly maxRetry: number;
  readonly findTime: number;
  /** Length of a first ban in milliseconds; Infinity: permanent. */
  readonly banTime: number;
  /** Increment of repeated bans; undefined: none. */
  readonly increment:
    | { readonly multipliers: readonly number[]; readonly maxTime: number }
    | undefined;
  readonly ipv6Prefix: number;
  /** Exempt subjects, including global ones. */
  readonly allow: readonly SubjectText[];
  /** `mode`; default: "normal". Only "aggressive" counts `closed-without-trying`. */
  readonly mode?: "normal" | "aggressive";
  /** Whether `enforcer = "memory"` is configured. */
  readonly observesOnly?: boolean;
  /** TCP ports that its bans block; undefined: all. */
  readonly ports?: readonly number[] | undefined;
  /** `bans_per_minute`; default: 1000. */
  readonly bansPerMinute?: number | undefined;
  /** `lockout_guard` in milliseconds; default: an hour. */
  readonly lockoutGuard?: number;
  /** `jitter` of the increment in milliseconds; default: five minutes. */
  readonly jitter?: number;
}

/** Result of a client's login at a service. */
export type LoginOutcome = "failed" | "succeeded" | "closed-without-trying";

export type Happening =
  /** The daemon runs with this configuration from now on, after a start or an accepted reload. */
  | { readonly kind: "configured"; readonly at: number; readonly jails: readonly JailPolicy[] }
  | { readonly kind: "started" | "stopped" | "crashed"; readonly at: number }
  /**
   * A real client at a real service. `logged` is false if the service, its logger or the log lost the line permanently.
   */
  | {
      readonly kind: "login";
      readonly at: number;
      readonly id: number;
      readonly service: string;
      readonly ip: SubjectText;
      readonly user: string;
      readonly outcome: LoginOutcome;
      /** How a successful login was authenticated; undefined: either is possible. */
      readonly method?: "key" | "password";
      readonly logged: boolean;
      /** Whether the service recorded it in btmp; default: no. */
      readonly isRecorded?: boolean;
      /** Timestamp of the line, in true time; undefined: an unreadable timestamp. */
      readonly stamp: number | undefined;
      /** Whether the timestamp has an offset from UTC; undefined: the line comes promptly, from a clock that is right. */
      readonly hasOffset?: boolean | undefined;
    }
  /**
   * The line of login `id` is readable at `source` from now on. `again`: it was readable there before, and is now in a
   * copy, a rewritten file or a repetition.
   */
  | {
      readonly kind: "readable";
      readonly at: number;
      readonly id: number;
      readonly source: string;
      readonly again: boolean;
      /** A relay appended it a second time, which nothing tells from a second failure of the same moment. */
      readonly isRepeated?: boolean;
    }
  /**
   * No copy of the line of login `id` exists any more, whether it was read or not: in this source, or anywhere if
   * `source` is undefined.
   */
  | {
      readonly kind: "lost";
      readonly at: number;
      readonly id: number;
      readonly source: string | undefined;
    }
  /** A line that looks like one of `service`, written by another program. */
  | {
      readonly kind: "forged";
      readonly at: number;
      readonly service: string;
      readonly ip: SubjectText;
      readonly source: string;
      /** Whether the source shows who wrote a line (the journal does, a file does not). */
      readonly writerIsKnown: boolean;
    }
  /** The way from a service to the source that a jail reads breaks, or works again. */
  | {
      readonly kind: "source-broken" | "source-mended";
      readonly at: number;
      readonly source: string;
      /** The simulated host lacks what the check of it reads, so a jail need not report it. */
      readonly unchecked?: boolean;
      readonly how:
        | "writer-moved-away"
        | "writer-stopped"
        | "unreadable"
        | "removed"
        | "reader-stalled"
        | "reader-ended"
        | "format-changed"
        | "rate-limited";
    }
  /** Other programs change the firewall. `foreign-accept`: another table accepts packets before bailiff's rule. */
  | {
      readonly kind: "firewall";
      readonly at: number;
      readonly what:
        | "flushed-ruleset"
        | "deleted-our-table"
        | "deleted-elements"
        | "inserted-elements"
        | "foreign-accept"
        | "foreign-accept-removed"
        | "refuses"
        | "busy"
        | "slow"
        | "works-again";
      readonly subjects: readonly SubjectText[];
      /** How long each call takes while it is slow, in milliseconds. */
      readonly callTime?: number;
    }
  /** A successful command of an administrator. `jail` undefined: all jails. */
  | {
      readonly kind: "command";
      readonly at: number;
      /** When it was given; default: `at`, which is when it was answered. */
      readonly givenAt?: number;
      readonly command: "ban" | "unban" | "allow" | "disallow" | "reset-breaker";
      readonly jail: string | undefined;
      readonly subject: SubjectText | undefined;
      /** Length of a ban or of an exemption, in milliseconds; undefined: not given. */
      readonly time: number | undefined;
    }
  /**
   * The wall clock of the host moved by `step` relative to true time; `zone` changed how local timestamps are written.
   */
  | {
      readonly kind: "clock";
      readonly at: number;
      readonly step: number;
      readonly zoneStep: number;
      /** Whether the zone has a rule for it, as for summer time; default: another zone was set. */
      readonly isByRule?: boolean;
    }
  /** Something happened to btmp; `isWritten`: whether services record failed logins in it from now on. */
  | { readonly kind: "btmp"; readonly at: number; readonly isWritten: boolean }
  /** The disk of the state directory is full, or has space again. */
  | { readonly kind: "disk-full" | "disk-free"; readonly at: number }
  /** A user logs in from there or leaves, as the host reports apart from logs. */
  | {
      readonly kind: "session-opened" | "session-ended";
      readonly at: number;
      readonly ip: SubjectText;
      readonly user: string;
    };

/** What the daemon shows at the end of a moment in which something happened. */
export interface Observation {
  readonly at: number;
  readonly running: boolean;
  /** Whether everything of other programs in the firewall is unchanged; undefined: unknown. */
  readonly foreignIntact?: boolean;
  /** Subjects whose packets the kernel drops now. */
  readonly dropped: readonly SubjectText[];
  /** The daemon's list of bans. */
  readonly bans: readonly {
    readonly subject: SubjectText;
    readonly jail: string;
    /** End in true time; Infinity: permanent. */
    readonly until: number;
    readonly enforced: boolean;
  }[];
  readonly jails: readonly {
    readonly name: string;
    readonly state: string;
    /** Names of the causes, as in `status --json`. */
    readonly causes: readonly string[];
  }[];
}

/** A difference between the daemon and the reference model. */
export interface Difference {
  readonly at: number;
  /** Name of the broken rule of the reference model, in kebab case. */
  readonly rule: string;
  /** One sentence: what was expected, and what was observed. */
  readonly what: string;
  /** Page and heading of the documentation that promises it. */
  readonly source: string;
}

/** Receives everything in order of time, a happening before the observation of its moment. */
export interface ReferenceModel {
  happened(happening: Happening): void;
  observed(observation: Observation): readonly Difference[];
}
