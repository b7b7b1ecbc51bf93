/**
 * Reports doubtful settings of a new configuration, such as unexpected logs and networks. For a fail2ban directory it
 * also reports which jails cannot run and why, and which settings are wrong or have no effect.
 */
import { groupLeftOut, groupProblems, nameJails } from "../fail2ban/config/group-problems.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Loaded } from "../jails/load-all.ts";
import type { Fail2banSetup } from "../jails/load-fail2ban.ts";
import type { PolicyDoubt } from "../jails/policy-doubts.ts";

type Doubtful = Pick<Loaded, "config" | "filters" | "found" | "fail2ban">;

const MAX_WARNINGS = 20;

export type ListDoubts = (doubtful: Doubtful) => Promise<readonly PolicyDoubt[]>;

export async function reportConfiguration(
  doubtful: Doubtful,
  listDoubts: ListDoubts,
  emit: Emit,
): Promise<void> {
  if (doubtful.fail2ban !== undefined) reportFail2ban(doubtful.fail2ban, emit);
  reportDoubts(await listDoubts(doubtful), emit);
}

function reportFail2ban({ leftOut, warnings, known }: Fail2banSetup, emit: Emit): void {
  const names = known.map(({ name }) => name);
  for (const { jails, kept, problems } of groupLeftOut(leftOut))
    emit({
      event: "jail-left-out",
      jail: jails.join(", "),
      kept,
      reasons: groupProblems(problems, names),
    });
  for (const reason of groupProblems(warnings, names)) emit({ event: "option-in-doubt", reason });
}

/** Reports all doubts in one event; `bailiff check` shows each, with what to do. */
function reportDoubts(doubts: readonly PolicyDoubt[], emit: Emit): void {
  const groups = [...Map.groupBy(doubts, ({ doubt }) => doubt)];
  if (groups.length === 0) return;
  const warnings = groups.slice(0, MAX_WARNINGS).map(([doubt, of]) => {
    const jails = of.flatMap(({ jail }) => jail ?? []);
    return jails.length === 0 ? doubt : `${nameJails(jails)}: ${doubt}`;
  });
  emit({ event: "config-in-doubt", warnings, more: groups.length - warnings.length });
}
