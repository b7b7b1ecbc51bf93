/** Replaces host/process/run-program.ts: of the simulated machine's programs, there is only journalctl. */
import type { ProgramEnd, ProgramRun } from "../../../src/host/process/run-program.ts";
import { machine } from "./machine.ts";

export async function runProgram({ argv }: ProgramRun): Promise<ProgramEnd> {
  machine().onUse();
  return { ok: true, output: machine().printJournal(argv), error: "", hasTimedOut: false };
}
