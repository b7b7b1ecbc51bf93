/** Replaces host/process/child-process.ts: of the simulated machine's programs, there is only journalctl. */
import type { Child } from "../../../src/host/process/child-process.ts";
import { machine } from "./machine.ts";

// How a child ended is described by the real code.
export { explainEnd } from "../../../src/host/process/child-process.ts";

export function openChild(argv: readonly string[], signal: AbortSignal): Child {
  machine().onUse();
  return machine().openJournalctl(argv, signal);
}
