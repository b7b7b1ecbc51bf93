/**
 * Judges from the proofs of a jail's links whether the jail protects, and why not. It claims nothing without a proof,
 * and ignores proofs that are too old (invariant 11).
 */
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Cause, CAUSES, type Effect, type Link, type Proof } from "../../domain/proof.ts";

/**
 * protecting: failures are recognized and bans work. degraded: works, but one link has a fault or lacks its proof.
 * blind: failures are not recognized. toothless: bans have no effect. observing: configured to ban nothing.
 * actions-only: bans by its actions, of which only the success of their commands can be proven. starting: its log is
 * being opened, or its bans are being restored.
 */
export type JailState = (typeof JAIL_STATES)[number];

/** All states, worst first. */
export const JAIL_STATES = [
  "toothless",
  "blind",
  "degraded",
  "starting",
  "observing",
  "actions-only",
  "protecting",
] as const;

export interface JailJudgment {
  readonly state: JailState;
  /** One line that explains the state. */
  readonly reason: string;
  /** What is wrong; undefined: no fault was found. */
  readonly cause: Cause | undefined;
  readonly fix: string | undefined;
}

/** Links that a protecting jail needs proofs of, and the maximum age of each proof. */
const REQUIRED: ReadonlyMap<Link, Duration> = new Map([
  ["source", duration(120_000)],
  ["record", duration(120_000)],
  ["firewall", duration(900_000)],
]);

const BY_SEVERITY: readonly Effect[] = ["blind", "toothless", "degraded"];

export interface JudgeContext {
  /** What enforces the jail's bans. */
  readonly means: "firewall" | "actions" | "nothing";
  /** "no-line-yet": no line was read since the start. "nothing": the jail has only bans by hand. */
  readonly reads: "lines" | "no-line-yet" | "nothing";
  readonly now: Instant;
}

export function judgeJail(proofs: readonly Proof[], context: JudgeContext): JailJudgment {
  const { means, reads, now } = context;
  const found = proofs
    .flatMap((proof) => (proof.kind === "found" ? [proof] : []))
    .filter((proof) => matters(proof, means));
  for (const effect of BY_SEVERITY) {
    const worst = found.find(({ cause }) => CAUSES[cause] === effect);
    if (worst === undefined) continue;
    const { cause, evidence, fix } = worst;
    return { state: effect, reason: evidence, cause, fix };
  }
  switch (means) {
    case "firewall":
      return overdue(proofs, now) ?? PROTECTING_BY[reads];
    case "actions":
      return reads === "nothing" ? byHand(ACTING) : ACTING;
    case "nothing":
      return reads === "nothing" ? byHand(OBSERVING) : OBSERVING;
  }
}

function byHand(judgment: JailJudgment): JailJudgment {
  return { ...judgment, reason: `bans by hand only; ${judgment.reason}` };
}

/**
 * Reports whether a fault affects a jail. Without the firewall, its links do not apply; an observing jail bans nothing,
 * but must recognize failures.
 */
function matters({ cause, link }: Found, means: JudgeContext["means"]): boolean {
  const effect = CAUSES[cause];
  switch (means) {
    case "firewall":
      return true;
    case "actions":
      return effect === "blind" || !FIREWALL_LINKS.has(link);
    case "nothing":
      return effect === "blind";
  }
}

type Found = Extract<Proof, { readonly kind: "found" }>;

const FIREWALL_LINKS: ReadonlySet<Link> = new Set(["firewall", "path", "wire", "canary"]);

const OBSERVING: JailJudgment = {
  state: "observing",
  reason: 'enforcer = "memory": nothing is banned',
  cause: undefined,
  fix: undefined,
};

const ACTING: JailJudgment = {
  state: "actions-only",
  reason: "it bans by its actions only; bailiff's firewall blocks nothing for it",
  cause: undefined,
  fix: undefined,
};

/** The state of a jail whose reader is not open yet, at start or after a reload. */
export const STARTING: JailJudgment = {
  state: "starting",
  reason: "its log is being opened",
  cause: undefined,
  fix: undefined,
};

/** The state of a jail whose bans are not known to be in the firewall yet, at start or after its enforcers changed. */
export const RESTORING: JailJudgment = {
  ...STARTING,
  reason: "its bans are being restored in the firewall",
};

const PROTECTING: JailJudgment = {
  state: "protecting",
  reason: "lines are read and the firewall enforces every ban",
  cause: undefined,
  fix: undefined,
};

const PROTECTING_UNREAD: JailJudgment = {
  ...PROTECTING,
  reason: "its log is open, no line was read since the start; the firewall enforces every ban",
};

const PROTECTING_BY_HAND: JailJudgment = {
  ...PROTECTING,
  reason: "bans by hand only; the firewall enforces every ban",
};

const PROTECTING_BY = {
  lines: PROTECTING,
  "no-line-yet": PROTECTING_UNREAD,
  nothing: PROTECTING_BY_HAND,
} as const;

function overdue(proofs: readonly Proof[], now: Instant): JailJudgment | undefined {
  for (const [link, keeps] of REQUIRED) {
    const proof = proofs.find((one) => one.link === link);
    if (proof?.kind === "proven" && now - proof.at <= keeps) continue;
    const reason =
      proof?.kind === "proven"
        ? `the ${link} was last proven ${formatDuration(duration(now - proof.at))} ago`
        : `the ${link} is not proven yet${proof === undefined ? "" : `: ${proof.evidence}`}`;
    const fix = "bailiff doctor shows every link";
    return { state: "degraded", reason, cause: "proof-too-old", fix };
  }
  return undefined;
}
