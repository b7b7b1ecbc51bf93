/** Replaces host/process/processor-time.ts, because real processor time would differ from run to run. */
import { machine } from "./machine.ts";

export function processorTime(): number {
  return machine().processorTime();
}
