/**
 * Answers whether this host should run bailiff, and whether that reduces risk or only log noise. Input: facts about the
 * host. Output: an answer to each question, a judgment, and the most useful changes. Missing facts are reported as
 * unknown, never guessed.
 */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Change } from "./change.ts";
import { mostUsefulChanges } from "./changes.ts";
import type { Finding } from "./finding.ts";
import { hostFindings } from "./host-findings.ts";
import { type Grounds, type Judgment, judge } from "./judge.ts";
import { sshFindings } from "./ssh-findings.ts";
import { hostilityOf, passwordsOf, reachOf } from "./ssh-risk.ts";

export interface Assessment {
  readonly judgment: Judgment;
  readonly findings: readonly Finding[];
  /** At most three, the most useful first. */
  readonly changes: readonly Change[];
}

export function assess(facts: HostFacts): Assessment {
  const grounds: Grounds = {
    facts,
    reach: reachOf(facts),
    passwords: passwordsOf(facts),
    hostility: hostilityOf(facts),
  };
  const judgment = judge(grounds);
  return {
    judgment,
    findings: [...sshFindings(grounds), ...hostFindings(facts)],
    changes: mostUsefulChanges(grounds, judgment),
  };
}
