import type { Difference, Happening, Observation, ReferenceModel } from "../happenings.ts";
import { BanCauses } from "./ban-causes.ts";
import { BanHistory } from "./ban-length.ts";
import { BanLedger, type BanJudge } from "./ban-ledger.ts";
import { BanObligations } from "./ban-obligations.ts";
import { FailureWindows } from "./failure-windows.ts";
import { KernelRules } from "./kernel-rules.ts";
import { KnownLogins } from "./known-logins.ts";
import { difference, type Report } from "./rules.ts";
import { StateRules } from "./state-rules.ts";
import { World } from "./world.ts";

/**
 * Creates a model of what the documentation promises, written without knowledge of the implementation. It receives what
 * happened in the world and what the daemon showed, and returns the differences. If the documentation does not decide,
 * each behavior is accepted. Pure; memory is bounded by age and by the limits of each part.
 */
export function createReferenceModel(): ReferenceModel {
  const world = new World();
  const ledger = new BanLedger(world);
  const windows = new FailureWindows(world, (jail, subject) => ledger.covers(jail, subject));
  const logins = new KnownLogins(world, windows);
  const kernel = new KernelRules(world, ledger);
  const obligations = new BanObligations({ world, windows, logins, ledger });
  const states = new StateRules({ world, windows, obligations, ledger, kernel });
  let found: Difference[] = [];
  const report: Report = (rule, what) => {
    found.push(difference(world.now, rule, what));
  };
  const causes = new BanCauses({
    world,
    windows,
    logins,
    ledger,
    history: new BanHistory(),
    report,
  });
  const judge: BanJudge = {
    began: (ban, previous, earliest) => {
      obligations.countBan();
      causes.began(ban, previous, earliest);
    },
    lifted: (ban) => causes.lifted(ban),
    maybeLifted: (ban) => causes.maybeLifted(ban),
    maybeForgotten: (since) => causes.maybeForgotten(since),
    maybeRestored: (ban) => causes.maybeRestored(ban),
  };
  return {
    happened(happening: Happening): void {
      world.happened(happening);
      kernel.happened(happening);
      windows.happened(happening);
      ledger.happened(happening, judge);
      logins.happened(happening);
      causes.happened(happening);
      obligations.happened();
      states.happened(happening);
    },
    observed(observation: Observation): readonly Difference[] {
      found = [];
      world.now = observation.at;
      ledger.observed(observation, judge, report);
      if (observation.running && !world.isStarting()) causes.observed(observation.at);
      kernel.observed(observation, report);
      obligations.observed(observation, report);
      states.observed(observation, report);
      return found;
    },
  };
}
