import type { Ban } from "./ban.ts";

/** What follows from an offense or a request, always with the reason. */
export type Decision =
  | { readonly kind: "ban"; readonly ban: Ban }
  | { readonly kind: "extend"; readonly ban: Ban }
  | { readonly kind: "ignore"; readonly reason: "allow-listed"; readonly entry: string }
  | { readonly kind: "ignore"; readonly reason: "already-banned"; readonly entry: string };

/** The same after the guards were asked: who is logged in there, how many live behind it, whether the rule runs wild. */
export type GuardedDecision =
  | Decision
  | {
      readonly kind: "ignore";
      readonly reason: "logged-in" | "shared-address" | "breaker-open";
      /** What they saw, for people. */
      readonly entry: string;
    }
  /** The rule has made all bans of this minute: this one is decided again when its turn has come. */
  | { readonly kind: "wait" };
