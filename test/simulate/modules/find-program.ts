/** Replaces host/process/find-program.ts: of the simulated machine's programs, there is only journalctl. */
import { JOURNALCTL } from "../world/journalctl.ts";

export function findProgram(name: string): string | undefined {
  return name === "journalctl" ? JOURNALCTL : undefined;
}
