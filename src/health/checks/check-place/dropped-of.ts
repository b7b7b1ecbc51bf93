/** Which of the lines that a source says were dropped on their way may have been a jail's. */
import type { DroppedLines } from "../../../domain/line-source.ts";
import { commandOf } from "../../../host/process/running-programs.ts";
import type { WatchedJail } from "../../jail-check.ts";

/** rsyslog counts by process; one that has ended may have been the jail's. */
function isOwnPid(of: string, programs: readonly string[]): boolean {
  const pid = /^(?:pid )?(\d+)$/.exec(of)?.[1];
  const command = pid === undefined ? undefined : commandOf(Number(pid));
  if (pid === undefined || command === undefined) return pid !== undefined;
  return programs.some((program) => program.startsWith(command));
}

/** Of its own unit or program, or of nobody in particular. */
export function droppedOf({ live, source }: WatchedJail): readonly DroppedLines[] {
  const { programs, journal } = live.definition;
  const { source: setting } = live.search;
  const matches = setting?.kind === "journal" ? setting.matches.flat() : journal;
  const units = matches.map((match) => match.slice(match.indexOf("=") + 1));
  return (source?.dropped ?? []).filter(
    ({ of }) =>
      of === "" ||
      isOwnPid(of, programs) ||
      units.some((unit) => of === unit || of.endsWith(`/${unit}`)) ||
      programs.some((program) => of.includes(program)),
  );
}
