import type { Ban } from "./ban.ts";
import type { CountedFailure } from "./ban-book.ts";

/** The result of an offense or a request, always with the reason. */
export type Decision =
  | { readonly kind: "ban"; readonly ban: Ban }
  | { readonly kind: "extend"; readonly ban: Ban }
  | { readonly kind: "ignore"; readonly reason: "allow-listed"; readonly entry: string }
  | { readonly kind: "ignore"; readonly reason: "already-banned"; readonly entry: string };

/** A decision after the guards ran: logged-in users, shared addresses, and the ban budget of the rule. */
export type GuardedDecision =
  | Decision
  | {
      readonly kind: "ignore";
      readonly reason: "logged-in" | "shared-address" | "breaker-open" | "unrecorded" | "proxy";
      /** What the guards found, for display. */
      readonly entry: string;
      /** Failures that still count; missing: none. */
      readonly kept?: readonly CountedFailure[];
    }
  /** Decide the offense again later: the rule has used its bans of this minute, or a witness has not answered yet. */
  | { readonly kind: "wait" };
