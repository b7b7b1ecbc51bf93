/** Reports which jails of a fail2ban directory cannot run and why, and what in its files is wrong or read by nobody. */
import { groupLeftOut, groupProblems } from "../fail2ban/group-problems.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Foreign } from "./load-foreign.ts";

export function tellForeign(foreign: Foreign | undefined, emit: Emit): void {
  if (foreign === undefined) return;
  const { leftOut, warnings, known } = foreign;
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
