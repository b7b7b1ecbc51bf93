/** Selects from the dropped lines that a source reports those that may concern a jail. */
import type { DroppedLines } from "../../../domain/line-source.ts";
import { findRunningUnits } from "../../../host/process/running-units.ts";
import { commandOf } from "../../../host/process/running-programs.ts";
import type { WatchedJail } from "../../jail-check.ts";

/** rsyslog counts by process; one that has ended may have been the jail's. */
function isOwnPid(of: string, programs: readonly string[]): boolean {
  const pid = /^(?:pid )?(\d+)$/.exec(of)?.[1];
  const command = pid === undefined ? undefined : commandOf(Number(pid));
  if (pid === undefined || command === undefined) return pid !== undefined;
  return programs.some((program) => program.startsWith(command));
}

/** Lines of the jail's unit or program, or of an unknown sender. `findUnits`: the units in which the programs run. */
export function droppedOf(
  { live, source }: WatchedJail,
  findUnits: (programs: readonly string[]) => readonly string[] = findRunningUnits,
): readonly DroppedLines[] {
  const dropped = source?.dropped ?? [];
  if (dropped.length === 0) return dropped;
  const { programs, journal } = live.definition;
  const { source: setting } = live.search;
  const groups =
    setting?.kind === "journal" ? setting.matches : journal.map((match) => match.split(" "));
  const matches = groups.flat();
  const values = matches.map((match) => match.slice(match.indexOf("=") + 1));
  const named = [...new Set([...programs, ...matches.flatMap(programIn)])];
  // One that takes every entry takes those of every unit, unless its filter names the programs.
  const isWide = groups.some((group) => group.every((match) => NAMES_NO_PROGRAM.test(match)));
  const isAnybody = setting?.kind === "journal" && isWide && programs.length === 0;
  const isContainer = matches.some((match) => match.startsWith("CONTAINER_"));
  // Looked up at most once, because it reads every process.
  let units: readonly string[] | undefined;
  const isUnit = (of: string): boolean => {
    // Programs of these names that a user starts run in the scope of the session.
    if (!of.endsWith(".service")) return false;
    units ??= named.length === 0 ? [] : findUnits(named);
    return units.includes(of);
  };
  return dropped.filter(
    ({ of }) =>
      of === "" ||
      isAnybody ||
      isOwnPid(of, named) ||
      values.some((unit) => of === unit || of.endsWith(`/${unit}`)) ||
      programs.some((program) => of.includes(program)) ||
      named.some((name) => of === `${name}.service` || of.startsWith(`${name}@`)) ||
      (isContainer && RUNTIME.test(of)) ||
      isUnit(of),
  );
}

/** Fields that identify neither a program nor a unit. */
const NAMES_NO_PROGRAM = /^(?:_UID|_GID|PRIORITY|_TRANSPORT|_MACHINE_ID|_HOSTNAME|_BOOT_ID)=/;
/** Units that container runtimes log under. */
const RUNTIME = /^(?:docker|podman|containerd|crio)\b|^(?:libpod|docker|crio|cri-containerd)-/;

/** The name may be a path, or the kernel's truncated name. */
function programIn(match: string): readonly string[] {
  const [field, value = ""] = match.split(/=(.*)/s);
  if (field !== "_COMM" && field !== "SYSLOG_IDENTIFIER" && field !== "_EXE") return [];
  const name = value.slice(value.lastIndexOf("/") + 1);
  return name === "" ? [] : [name];
}
