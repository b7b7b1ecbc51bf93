/**
 * Proofs of one jail's links -> the one word that says whether it protects, and why not. Claims nothing it has no proof
 * of, and no proof for longer than it keeps (invariant 11).
 */
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Cause, CAUSES, type Effect, type Link, type Proof } from "../../domain/proof.ts";

/**
 * protecting: failures are seen and bans bite. degraded: works, one link is in trouble or lacks its proof. blind: failures
 * cannot be seen. toothless: bans cannot bite. observing: bans nothing, by choice.
 */
export type JailState = "protecting" | "degraded" | "blind" | "toothless" | "observing";

export interface JailJudgement {
  readonly state: JailState;
  /** In one line: what decides the state. */
  readonly reason: string;
  /** undefined: nothing was found wrong. */
  readonly cause: Cause | undefined;
  readonly fix: string | undefined;
}

/** Without a proof of these, not older than this, nothing protects. */
const REQUIRED: ReadonlyMap<Link, Duration> = new Map([
  ["source", duration(120_000)],
  ["record", duration(120_000)],
  ["firewall", duration(900_000)],
]);

const WORST: readonly Effect[] = ["blind", "toothless", "degraded"];

export function judgeJail(
  proofs: readonly Proof[],
  { observes, now }: { readonly observes: boolean; readonly now: Instant },
): JailJudgement {
  const found = proofs
    .flatMap((proof) => (proof.kind === "found" ? [proof] : []))
    .filter(({ cause }) => !observes || CAUSES[cause] !== "toothless");
  for (const effect of WORST) {
    const worst = found.find(({ cause }) => CAUSES[cause] === effect);
    if (worst === undefined) continue;
    // Who only observes bans nothing anyway; but it must see.
    if (observes && effect === "degraded") break;
    const { cause, evidence, fix } = worst;
    return { state: effect, reason: evidence, cause, fix };
  }
  if (observes)
    return {
      state: "observing",
      reason: 'enforcer = "memory": nothing is banned',
      cause: undefined,
      fix: undefined,
    };
  return overdue(proofs, now) ?? PROTECTING;
}

const PROTECTING: JailJudgement = {
  state: "protecting",
  reason: "lines are read and the firewall holds every ban",
  cause: undefined,
  fix: undefined,
};

function overdue(proofs: readonly Proof[], now: Instant): JailJudgement | undefined {
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
