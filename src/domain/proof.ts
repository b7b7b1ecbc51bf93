/**
 * What is known of one link between a log line and a dropped packet: seen to hold, seen to fail, or not seen at all.
 * A state never rests on "no error so far", so whatever is claimed carries when it was last seen.
 */
import type { Instant } from "./instant.ts";

/**
 * The links in flow order. source: the reader delivers every line of its place. place: it reads where the program writes. flow: lines arrive at the
 * usual rate. rules: the lines are recognized. record: decisions are kept. firewall: the kernel holds what the book says.
 * path: traffic to the protected program passes that firewall. wire: packets of the banned are dropped. canary: all of
 * it, tried end to end. guards: nothing was stopped for fear of wrong bans. actions: the jail's own commands succeed.
 */
export const LINKS = [
  "source",
  "place",
  "flow",
  "rules",
  "record",
  "firewall",
  "path",
  "wire",
  "canary",
  "guards",
  "actions",
] as const;

export type Link = (typeof LINKS)[number];

/** What a broken link does to a jail. blind: failures cannot be seen. toothless: bans cannot bite. degraded: it works, but. */
export type Effect = "blind" | "toothless" | "degraded";

/** Everything that can be found wrong. The words are stable: scripts and metrics use them. */
export type Cause =
  | "no-log"
  | "source-failed"
  | "permission-lost"
  | "lines-unread"
  | "writes-elsewhere"
  | "stale-file"
  | "writer-holds-old-file"
  | "other-mount-namespace"
  | "matches-nothing"
  | "no-line-of-program"
  | "nobody-writes"
  | "gone-silent"
  | "connections-unlogged"
  | "lines-dropped"
  | "far-fewer-lines"
  | "far-more-lines"
  | "drift"
  | "none-recognized"
  | "sender-unproven"
  | "no-address"
  | "record-trouble"
  | "firewall-missing"
  | "no-capability"
  | "firewall-trouble"
  | "repaired-repeatedly"
  | "other-network-namespace"
  | "traffic-bypasses"
  | "open-connections-pass"
  | "ports-differ"
  | "port-open"
  | "behind-proxy"
  | "ipv6-open"
  | "still-talking"
  | "talks-past-drops"
  | "canary-unseen"
  | "canary-undropped"
  | "canary-failed"
  | "breaker-open"
  | "ban-rate-reached"
  | "actions-fail"
  | "proof-too-old";

/** What each does to the jail. */
export const CAUSES: Readonly<Record<Cause, Effect>> = {
  "no-log": "blind",
  "source-failed": "blind",
  "permission-lost": "blind",
  "lines-unread": "blind",
  "writes-elsewhere": "blind",
  "stale-file": "blind",
  "writer-holds-old-file": "blind",
  "other-mount-namespace": "blind",
  "matches-nothing": "blind",
  "no-line-of-program": "blind",
  "nobody-writes": "blind",
  "gone-silent": "blind",
  "connections-unlogged": "blind",
  "lines-dropped": "degraded",
  "far-fewer-lines": "degraded",
  "far-more-lines": "degraded",
  drift: "degraded",
  "none-recognized": "degraded",
  "sender-unproven": "degraded",
  "no-address": "degraded",
  "record-trouble": "degraded",
  "firewall-missing": "toothless",
  "no-capability": "toothless",
  "firewall-trouble": "degraded",
  "repaired-repeatedly": "degraded",
  "other-network-namespace": "toothless",
  "traffic-bypasses": "toothless",
  "open-connections-pass": "degraded",
  "ports-differ": "toothless",
  "port-open": "degraded",
  "behind-proxy": "toothless",
  "ipv6-open": "degraded",
  "still-talking": "toothless",
  "talks-past-drops": "degraded",
  "canary-unseen": "blind",
  "canary-undropped": "toothless",
  "canary-failed": "degraded",
  "breaker-open": "toothless",
  "ban-rate-reached": "toothless",
  "actions-fail": "degraded",
  "proof-too-old": "degraded",
};

/** `evidence` is what was seen, in one line, for people; `fix` is what to do about it, in one line, a command if there is one. */
export type Proof =
  | {
      readonly kind: "proven";
      readonly link: Link;
      readonly evidence: string;
      /** When it was last seen to hold. */
      readonly at: Instant;
    }
  | {
      readonly kind: "found";
      readonly link: Link;
      readonly cause: Cause;
      readonly evidence: string;
      /** When it was last seen to fail. */
      readonly at: Instant;
      readonly fix: string;
    }
  | {
      /** Nothing was seen either way; `evidence` says why. */
      readonly kind: "unproven";
      readonly link: Link;
      readonly evidence: string;
      /** What should be seen was not: a trial of the jail is to tell. */
      readonly isDoubtful?: boolean;
    };
