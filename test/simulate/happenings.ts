/**
 * What the simulated world and the reference model say to each other: the world reports what truly happened (the daemon
 * sees only part of it), and what the daemon showed. The reference model (`reference/`) knows nothing else.
 * Times are milliseconds of the world's true clock since the simulation began; the daemon's wall clock may differ.
 *
 * What the reference model takes for granted:
 * - A start is `configured` and `started`, in either order, at the same moment; a source that does not exist then is
 *   announced by `source-broken`. Every line is announced by `readable`, also while the daemon is down.
 * - There is an observation at each moment in which the list of bans, the kernel or a state changed, and after the last
 *   happening of each moment. An array that is the same object as in the observation before is not looked at again.
 * - `source: "auto"` in a policy accepts lines of every source.
 * - A drift of the clock is reported as `clock` with a small step, whenever 100 ms of it have added up.
 * Added by the reference model's author, all optional: `mode`, `observesOnly`, `bansPerMinute`, `lockoutGuard` and `jitter`
 * of a policy, `method` of a login, `foreignIntact` of an observation.
 * Added by the simulator's author: `unchecked` of a broken source, which then need not be named.
 */

/** An address in canonical text form, or a network in CIDR notation. */
export type SubjectText = string;

/** One jail as its configuration says, with every default filled in. */
export interface JailPolicy {
  readonly name: string;
  /** The service whose lines it reads. */
  readonly service: string;
  /** Names of the log (`file:/var/log/auth.log`, `journal`) that the configuration names. */
  readonly source: string;
  readonly maxRetry: number;
  readonly findTime: number;
  /** First ban; Infinity is a permanent ban. */
  readonly banTime: number;
  /** Growth of repeated bans, as documented; undefined without. */
  readonly increment:
    | { readonly multipliers: readonly number[]; readonly maxTime: number }
    | undefined;
  readonly ipv6Prefix: number;
  /** Exempt subjects, global ones included. */
  readonly allow: readonly SubjectText[];
  /** `mode`; "normal" without. Only "aggressive" counts `closed-without-trying`. */
  readonly mode?: "normal" | "aggressive";
  /** `enforcer = "memory"`. */
  readonly observesOnly?: boolean;
  /** `bans_per_minute`; 1000 without. */
  readonly bansPerMinute?: number;
  /** `lockout_guard`; an hour without. */
  readonly lockoutGuard?: number;
  /** `jitter` of the increment; five minutes without. */
  readonly jitter?: number;
}

/** What somebody did at a service. */
export type LoginOutcome = "failed" | "succeeded" | "closed-without-trying";

export type Happening =
  /** The daemon runs from here, with this configuration (a start or an accepted reload). */
  | { readonly kind: "configured"; readonly at: number; readonly jails: readonly JailPolicy[] }
  | { readonly kind: "started" | "stopped" | "crashed"; readonly at: number }
  /** A real client at a real service. `logged` is false when the service, its logger or the log lost the line permanently. */
  | {
      readonly kind: "login";
      readonly at: number;
      readonly id: number;
      readonly service: string;
      readonly ip: SubjectText;
      readonly user: string;
      readonly outcome: LoginOutcome;
      /** How a success was authenticated; without it both are possible. */
      readonly method?: "key" | "password";
      readonly logged: boolean;
      /** The stamp that the line carries, in true time; undefined: a stamp nobody can read. */
      readonly stamp: number | undefined;
    }
  /**
   * The line of login `id` can be read at `source` from this time. `again`: it was already readable there once, and is now in a
   * copy, a rewritten file or a relay's repetition.
   */
  | {
      readonly kind: "readable";
      readonly at: number;
      readonly id: number;
      readonly source: string;
      readonly again: boolean;
    }
  /** The line of login `id` is gone from everywhere, whether it was read or not. */
  | { readonly kind: "lost"; readonly at: number; readonly id: number }
  /** A line that looks like one of `service`, written by another program. */
  | {
      readonly kind: "forged";
      readonly at: number;
      readonly service: string;
      readonly ip: SubjectText;
      readonly source: string;
      /** Whether the source tells who wrote a line (the journal does, a file does not). */
      readonly writerIsKnown: boolean;
    }
  /** The connection between a service and the source that a jail reads breaks, or is whole again. */
  | {
      readonly kind: "source-broken" | "source-mended";
      readonly at: number;
      readonly source: string;
      /** The simulated host lacks what the check for it reads: a jail may name it, and need not. */
      readonly unchecked?: boolean;
      readonly how:
        | "writer-moved-away"
        | "writer-stopped"
        | "unreadable"
        | "removed"
        | "reader-stalled"
        | "format-changed"
        | "rate-limited";
    }
  /** Others at the firewall. `foreign-accept` lets traffic pass before our rule is asked. */
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
        | "works-again";
      readonly subjects: readonly SubjectText[];
    }
  /** An administrator's command that was answered with success. `jail` undefined: all. */
  | {
      readonly kind: "command";
      readonly at: number;
      readonly command: "ban" | "unban" | "allow" | "disallow" | "reset-breaker";
      readonly jail: string | undefined;
      readonly subject: SubjectText | undefined;
      /** Length of a ban or of an exemption. */
      readonly time: number | undefined;
    }
  /** The wall clock of the host moved by `step` against true time; `zone` changed how local stamps are written. */
  | {
      readonly kind: "clock";
      readonly at: number;
      readonly step: number;
      readonly zoneStep: number;
    }
  /** Disk of the state folder. */
  | { readonly kind: "disk-full" | "disk-free"; readonly at: number }
  /** Somebody is logged in from there, as the host knows it apart from logs. */
  | {
      readonly kind: "session-opened" | "session-ended";
      readonly at: number;
      readonly ip: SubjectText;
      readonly user: string;
    };

/** What can be seen of the daemon, taken at the end of every moment in which something happened. */
export interface Observation {
  readonly at: number;
  readonly running: boolean;
  /** Whether everything of other programs in the firewall is as they left it; without it nothing is said about that. */
  readonly foreignIntact?: boolean;
  /** What the kernel drops now, as subjects. */
  readonly dropped: readonly SubjectText[];
  /** What the daemon's own list of bans says. */
  readonly bans: readonly {
    readonly subject: SubjectText;
    readonly jail: string;
    /** In true time; Infinity: permanent. */
    readonly until: number;
    readonly enforced: boolean;
  }[];
  readonly jails: readonly {
    readonly name: string;
    readonly state: string;
    /** Names of the causes, as `status --json` gives them. */
    readonly causes: readonly string[];
  }[];
}

/** Where the daemon and the reference model part. */
export interface Difference {
  readonly at: number;
  /** Name of the rule of the reference model that is broken, in kebab case. */
  readonly rule: string;
  /** One sentence: what was expected, what was seen. */
  readonly what: string;
  /** The page and heading of the documentation that promises it. */
  readonly source: string;
}

/** The reference model: told everything in order of time, a happening before the observation of its moment. */
export interface ReferenceModel {
  happened(happening: Happening): void;
  observed(observation: Observation): readonly Difference[];
}
