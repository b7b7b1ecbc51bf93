/** Facts about one jail -> the one word that says whether it protects, and why not. Claims nothing it has no proof of (invariant 11). */

/**
 * protecting: failures are seen and bans bite. degraded: works, one part is in trouble. blind: failures cannot be seen.
 * toothless: bans cannot bite. observing: bans nothing, by choice.
 */
export type JailState = "protecting" | "degraded" | "blind" | "toothless" | "observing";

export interface JailFacts {
  readonly source: "reading" | "waiting" | "failed" | "ended";
  readonly sourceReason: string | undefined;
  /** The jail is configured to observe only. */
  readonly observes: boolean;
  /** Why no ban can reach a firewall. */
  readonly firewallMissing: string | undefined;
  /** Why the firewall refuses at the moment. */
  readonly firewallTrouble: string | undefined;
  readonly recordTrouble: string | undefined;
}

export interface JailJudgement {
  readonly state: JailState;
  readonly reason: string;
}

export function judgeJail(facts: JailFacts): JailJudgement {
  if (facts.source !== "reading") {
    return { state: "blind", reason: facts.sourceReason ?? `its source is ${facts.source}` };
  }
  if (facts.observes)
    return { state: "observing", reason: 'enforcer = "memory": nothing is banned' };
  if (facts.firewallMissing !== undefined)
    return { state: "toothless", reason: facts.firewallMissing };
  if (facts.firewallTrouble !== undefined)
    return { state: "degraded", reason: facts.firewallTrouble };
  if (facts.recordTrouble !== undefined) return { state: "degraded", reason: facts.recordTrouble };
  return { state: "protecting", reason: "lines are read and the firewall holds every ban" };
}
