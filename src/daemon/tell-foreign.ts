/** Tells which jails of a fail2ban directory cannot run and why, and what in its files is read by nobody or wrong. */
import { formatProblem, type Problem } from "../domain/problem.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Foreign } from "./load-foreign.ts";

export function tellForeign(foreign: Foreign | undefined, emit: Emit): void {
  if (foreign === undefined) return;
  for (const { jail, kept, problems } of foreign.leftOut)
    emit({ event: "jail-left-out", jail, kept, reasons: told(problems) });
  for (const text of told(foreign.warnings)) emit({ event: "option-in-doubt", reason: text });
}

/** Each once: a file may be part of many jails. */
function told(problems: readonly Problem[]): readonly string[] {
  return [...new Set(problems.map(formatProblem))];
}
