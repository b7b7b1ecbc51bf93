/**
 * Defines what is known about one link between a log line and a dropped packet: proven, found broken, or neither. A
 * state is never based on "no error so far", so every proof has the time of its observation.
 */
import type { Instant } from "./instant.ts";

/**
 * The links in flow order. source: the reader delivers every line. place: it reads where the program writes. flow:
 * lines arrive at the usual rate. rules: the lines are recognized. record: decisions are stored. firewall: the kernel
 * holds what the book says. path: traffic to the protected program passes that firewall. wire: packets of banned
 * addresses are dropped. canary: the end-to-end self-test. guards: no rule was stopped by the breaker. actions: the
 * jail's commands succeed.
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

/**
 * What a broken link does to a jail. blind: failures are not recognized. toothless: bans have no effect. degraded: it
 * works with limitations.
 */
export type Effect = "blind" | "toothless" | "degraded";

/** All causes of faults. The words are stable, because scripts and monitors use them. */
export type Cause =
  | "no-log"
  | "container-missing"
  | "container-stopped"
  | "container-unreadable"
  | "source-failed"
  | "permission-lost"
  | "lines-unread"
  | "quote-open"
  | "writes-elsewhere"
  | "stale-file"
  | "writer-holds-old-file"
  | "other-mount-namespace"
  | "matches-nothing"
  | "no-line-of-program"
  | "no-writer"
  | "gone-silent"
  | "connections-unlogged"
  | "logins-unlogged"
  | "logins-unrecorded"
  | "records-skipped"
  | "log-disk-full"
  | "lines-dropped"
  | "far-fewer-lines"
  | "far-more-lines"
  | "drift"
  | "none-recognized"
  | "failures-missed"
  | "sender-unproven"
  | "no-address"
  | "client-hidden"
  | "record-trouble"
  | "firewall-missing"
  | "too-many-ports"
  | "no-capability"
  | "firewall-trouble"
  | "enforcer-missing"
  | "enforcer-full"
  | "repaired-repeatedly"
  | "other-network-namespace"
  | "traffic-bypasses"
  | "open-connections-pass"
  | "ports-differ"
  | "port-open"
  | "behind-proxy"
  | "partly-behind-proxy"
  | "ipv6-open"
  | "ban-bypassed"
  | "ban-incomplete"
  | "canary-unseen"
  | "canary-undropped"
  | "canary-failed"
  | "breaker-open"
  | "ban-rate-reached"
  | "actions-fail"
  | "proof-too-old";

/** Maps each cause to its effect. */
export const CAUSES: Readonly<Record<Cause, Effect>> = {
  "no-log": "blind",
  "container-missing": "blind",
  "container-stopped": "degraded",
  "container-unreadable": "blind",
  "source-failed": "blind",
  "permission-lost": "blind",
  "lines-unread": "blind",
  "quote-open": "blind",
  "writes-elsewhere": "blind",
  "stale-file": "blind",
  "writer-holds-old-file": "blind",
  "other-mount-namespace": "blind",
  "matches-nothing": "blind",
  "no-line-of-program": "blind",
  "no-writer": "blind",
  "gone-silent": "blind",
  "connections-unlogged": "blind",
  "logins-unlogged": "blind",
  "logins-unrecorded": "degraded",
  "records-skipped": "degraded",
  "log-disk-full": "degraded",
  "lines-dropped": "degraded",
  "far-fewer-lines": "degraded",
  "far-more-lines": "degraded",
  drift: "degraded",
  "none-recognized": "degraded",
  "failures-missed": "blind",
  "sender-unproven": "degraded",
  "no-address": "degraded",
  "client-hidden": "degraded",
  "record-trouble": "degraded",
  "firewall-missing": "toothless",
  "too-many-ports": "toothless",
  "no-capability": "toothless",
  "firewall-trouble": "degraded",
  "enforcer-missing": "degraded",
  "enforcer-full": "degraded",
  "repaired-repeatedly": "degraded",
  "other-network-namespace": "toothless",
  "traffic-bypasses": "toothless",
  "open-connections-pass": "degraded",
  "ports-differ": "toothless",
  "port-open": "degraded",
  "behind-proxy": "toothless",
  "partly-behind-proxy": "degraded",
  "ipv6-open": "degraded",
  "ban-bypassed": "toothless",
  "ban-incomplete": "degraded",
  "canary-unseen": "blind",
  "canary-undropped": "toothless",
  "canary-failed": "degraded",
  "breaker-open": "toothless",
  "ban-rate-reached": "toothless",
  "actions-fail": "degraded",
  "proof-too-old": "degraded",
};

/** Evidence independent of the log. kernel: connections that ended. btmp: records of logins in btmp and wtmp. */
export type Witness = "kernel" | "btmp";

/** `evidence` is the observation in one line, for display; `fix` is what to do, in one line, a command if possible. */
export type Proof =
  | {
      readonly kind: "proven";
      readonly link: Link;
      readonly evidence: string;
      /** When it was last observed to work. */
      readonly at: Instant;
      /** The witness that confirms it independently of the log. */
      readonly witness?: Witness;
    }
  | {
      readonly kind: "found";
      readonly link: Link;
      readonly cause: Cause;
      readonly evidence: string;
      /** When it was last observed to fail. */
      readonly at: Instant;
      readonly fix: string;
    }
  | {
      /** Neither was observed; `evidence` says why. */
      readonly kind: "unproven";
      readonly link: Link;
      readonly evidence: string;
      /** An expected observation is missing, so a self-test of the jail must decide. */
      readonly isDoubtful?: boolean;
    };
