/** Converts the last self-test of a jail to a proof. */
import { duration, formatDuration } from "../../../domain/duration.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { Proof } from "../../../domain/proof.ts";
import type { Jail } from "../../../jails/jail.ts";
import { describeScopeChange } from "../../evidence-scope.ts";
import { type CanaryResult, causeOf } from "./canary-result.ts";
import type { SelfTestHistory } from "./self-test-schedule.ts";

const link = "canary";

export function canaryProof(
  { name, config }: Jail,
  { last, lastOfAny }: SelfTestHistory,
  {
    now,
    firstAt,
    scope,
  }: { readonly now: Instant; readonly firstAt: Instant | undefined; readonly scope: string },
): Proof {
  const byHand = `bailiff verify ${name}`;
  if (last !== undefined) return proofOf(last, { byHand, isOff: config.canary === 0 });
  const since =
    lastOfAny === undefined
      ? ""
      : ` since its ${describeScopeChange(lastOfAny.scope, scope)} changed`;
  if (config.canary === 0) {
    const evidence = `not run yet${since}: canary = "0s" turns it off; to run it: ${byHand}`;
    return { kind: "unproven", link, evidence };
  }
  const when =
    firstAt === undefined || firstAt <= now
      ? "soon"
      : `in ${formatDuration(duration(firstAt - now))}`;
  return {
    kind: "unproven",
    link,
    evidence: `not run yet${since}; next run ${when}, or now: ${byHand}`,
  };
}

function proofOf(
  last: CanaryResult,
  { byHand, isOff }: { readonly byHand: string; readonly isOff: boolean },
): Proof {
  const { outcome, evidence, failures, step, fix } = last;
  const at = instant(last.at);
  if (outcome === "proven") return { kind: "proven", link, evidence, at };
  if (outcome === "partly") return { kind: "unproven", link, evidence };
  if (failures === 1) {
    const once = `${evidence} (will be retried within a minute)`;
    return { kind: "found", link, cause: "canary-failed", evidence: once, at, fix: fix ?? byHand };
  }
  // Where self-tests are off, nothing else repeats it after that.
  const repeat = isOff && fix !== undefined ? `${fix}; then: ${byHand}` : (fix ?? byHand);
  return { kind: "found", link, cause: causeOf(step), evidence, at, fix: repeat };
}
