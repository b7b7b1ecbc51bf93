/** Selects from the dropped lines that a source reports those that may belong to a jail. */
import type { DroppedLines } from "../../../domain/line-source.ts";
import { findRunningUnits } from "../../../host/process/running-units.ts";
import { commandOf } from "../../../host/process/running-programs.ts";
import type { WatchedJail } from "../../jail-check.ts";

/**
 * Reports whether a process id may be one of the jail's programs. rsyslog counts dropped lines by process; a process
 * that ended may have been one.
 */
function isOwnPid(of: string, programs: readonly string[]): boolean {
  const pid = /^(?:pid )?(\d+)$/.exec(of)?.[1];
  const command = pid === undefined ? undefined : commandOf(Number(pid));
  if (pid === undefined || command === undefined) return pid !== undefined;
  return programs.some((program) => program.startsWith(command));
}

/**
 * Returns dropped lines of the jail's unit or program, or of an unknown sender. `findUnits` returns the units in which
 * programs run.
 */
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
  // A group of matches without a program selects entries of every unit, unless the filter names programs.
  const isWide = groups.some((group) => group.every((match) => NAMES_NO_PROGRAM.test(match)));
  const isAnybody = setting?.kind === "journal" && isWide && programs.length === 0;
  const isContainer = matches.some((match) => match.startsWith("CONTAINER_"));
  // Computed at most once, because it reads every process.
  let units: readonly string[] | undefined;
  const isUnit = (of: string): boolean => {
    // A user's own process with this name runs in a session scope, not in a service.
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
/** Units under which container runtimes write their containers' entries. */
const RUNTIME = /^(?:docker|podman|containerd|crio)\b|^(?:libpod|docker|crio|cri-containerd)-/;

/** Returns the program name in a match, which may be a path or truncated by the kernel. */
function programIn(match: string): readonly string[] {
  const [field, value = ""] = match.split(/=(.*)/s);
  if (field !== "_COMM" && field !== "SYSLOG_IDENTIFIER" && field !== "_EXE") return [];
  const name = value.slice(value.lastIndexOf("/") + 1);
  return name === "" ? [] : [name];
}
