/** The rules link: the lines of the program are recognized, and none of those that are not looks like a failure. */
import { formatPart } from "../../domain/format-part.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { changeOf } from "../describe-change.ts";
import type { DriftWatch } from "../drift-watch.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { DriftShape } from "../program-drift.ts";

const link = "rules";
/** Below this nothing is proven: rules that know so little may be those of another program. */
const MOSTLY = 0.5;

export function createRulesCheck(drift: DriftWatch): JailCheck {
  return {
    name: link,
    look: () => drift.look(),
    proofs({ live }: WatchedJail, now: Instant): readonly Proof[] {
      const { jail } = live;
      const program = drift.of(jail.filter.name);
      const facts = program?.facts(now);
      const name = jail.filter.programs[0] ?? jail.filter.name;
      if (program === undefined || facts === undefined || facts.recent.lines === 0)
        return [{ kind: "unproven", link, evidence: `no line of ${name} was read yet` }];
      const share = `${formatPart(1 - facts.recent.unknown)} of ${name}'s last ${facts.recent.lines} lines are recognized`;
      const failing = program.shapes().filter(({ suspicion }) => suspicion.failures);
      const [worst] = failing;
      if (worst !== undefined) {
        const evidence = [
          describeShape(worst),
          ...others(failing.length - 1),
          share,
          ...changeOf(facts),
        ];
        const fix = fixOf(drift, worst, jail.name);
        return [found(evidence.join("; "), worst.mined.last, fix)];
      }
      if (facts.shareDrifted) {
        const before = `${formatPart(1 - (facts.usual?.unknown ?? 0))} before`;
        const evidence = [`${share} (${before})`, ...changeOf(facts)].join("; ");
        return [found(evidence, now, `bailiff drift ${jail.name} shows the lines`)];
      }
      if (facts.recent.unknown > MOSTLY)
        return [{ kind: "unproven", link, evidence: `only ${share}` }];
      return [{ kind: "proven", link, evidence: share, at: facts.lastLine ?? now }];
    },
  };
}

function found(evidence: string, at: Instant, fix: string): Proof {
  return { kind: "found", link, cause: "drift", evidence, at, fix };
}

function describeShape({ mined, suspicion }: DriftShape): string {
  const since = formatInstant(mined.first);
  return `${mined.count} lines since ${since} that no rule knows look like failures: "${mined.text}" (${suspicion.reasons.join(", ")})`;
}

function others(count: number): readonly string[] {
  return count === 0 ? [] : [`${count} more such messages`];
}

function fixOf(drift: DriftWatch, shape: DriftShape, jail: string): string {
  return drift.proposed(shape) === "safe"
    ? `bailiff drift --accept ${shape.number} ${jail} adds a rule that knows them`
    : `bailiff drift ${jail} shows them and what to do`;
}
