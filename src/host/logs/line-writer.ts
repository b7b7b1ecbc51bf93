/**
 * The program that wrote a log line, found while it still runs: the number in the line ("sshd[1234]:") is that of the
 * program as its own namespace counts, so a program in a container is found by the number it has there.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { commandOf, findRunningPrograms } from "../process/running-programs.ts";

export interface LineWriter {
  readonly pid: number;
  readonly command: string;
}

/** `programs` as a filter names them. About 30 µs for a program that counts as we do, some milliseconds for another. */
export function findLineWriter(line: string, programs: readonly string[]): LineWriter | undefined {
  const number = numberIn(line);
  if (number === undefined) return undefined;
  const names = programs.map((name) => basename(name).slice(0, 15));
  const command = commandOf(number);
  if (command !== undefined && names.includes(command)) return { pid: number, command };
  const found = findRunningPrograms(programs).filter(({ pid }) => innerNumber(pid) === number);
  // Two containers may count alike: then it is not known which it was.
  const [writer, another] = found;
  if (writer === undefined || another !== undefined) return undefined;
  return { pid: writer.pid, command: commandOf(writer.pid) ?? basename(writer.program) };
}

/** Of the first "[1234]:" of a line, which its header holds. */
function numberIn(line: string): number | undefined {
  const digits = /\[(\d{1,7})\]: /.exec(line)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The number of a program in the innermost namespace it is in (proc_pid_status(5), NSpid). */
function innerNumber(pid: number): number | undefined {
  try {
    const numbers = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return numbers === undefined ? undefined : Number(numbers.split("\t").at(-1));
  } catch {
    // It has ended.
    return undefined;
  }
}
