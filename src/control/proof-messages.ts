/** Replies of `doctor` and `verify`. Their JSON is stable: fields may be added, but no field changes its meaning. */
import type { LinkReply } from "./link-messages.ts";
import type { StatusReply } from "./status-messages.ts";

/** Stable JSON of `doctor`: the result of checking every link of every jail, in flow order. */
export interface DoctorReply {
  readonly version: string;
  readonly at: string;
  readonly state: string;
  readonly suspected_compromises: StatusReply["suspected_compromises"];
  readonly jails: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string;
    readonly cause: string | null;
    readonly fix: string | null;
    readonly since: string;
    readonly links: readonly LinkReply[];
  }[];
  readonly looking_for: StatusReply["looking_for"];
  readonly firewalls: {
    /** The enforcer that `enforcer = "auto"` means here, and why; null: no jail leaves the choice. */
    readonly chosen: { readonly name: string; readonly reason: string } | null;
    /** What this host filters packets with, beside bailiff. */
    readonly in_use: string;
    /** Firewalls that work against each other. */
    readonly conflicts: readonly { readonly conflict: string; readonly fix: string }[];
  };
  readonly lists: StatusReply["lists"];
  /** What else is worth knowing, such as limits of what checks can prove; each is listed once for all jails. */
  readonly notes: readonly string[];
}

/** Stable JSON of `verify`: one self-test of a jail, from a failed login to a dropped packet; steps in flow order. */
export interface VerifyReply {
  readonly jail: string;
  readonly at: string;
  readonly took_ms: number;
  /** partly: nothing failed, but some step cannot be tested on this host. */
  readonly outcome: "proven" | "partly" | "failed";
  readonly steps: readonly {
    readonly step: string;
    readonly outcome: "proven" | "impossible" | "failed" | "not-reached";
    readonly evidence: string;
    readonly fix: string | null;
    readonly took_ms: number;
  }[];
}
