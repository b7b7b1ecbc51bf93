/** `-o`: a line or more for each failure of a log, and nothing else. */
import type { ForeignFailure, ForeignFilter } from "../../fail2ban/foreign-filter.ts";
import { systemClock } from "../../platform/system-clock.ts";
import { createFailureFormat } from "./format-failure.ts";
import type { RegexOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { forEachLine, type Log } from "./read-log.ts";

export interface PrintRequest {
  readonly options: RegexOptions;
  /** What to print. */
  readonly out: string;
  readonly filter: ForeignFilter;
  readonly log: Log;
  readonly output: Output;
}

export async function printFailures(request: PrintRequest): Promise<void> {
  const { options, out, filter, log, output } = request;
  const format = createFailureFormat(out);
  const now = systemClock.now();
  for await (const piece of log.pieces) {
    const { ascii } = piece;
    forEachLine(piece, (line, at) => {
      const found = filter.look({ line, ascii, at, now, undated: "told" });
      if (options.invert) {
        if (!found.some(counts)) output.print(line.replace(/[\r\n]+$/, ""));
        return;
      }
      for (const failure of found)
        if (counts(failure)) for (const one of format(failure)) output.print(one);
    });
    if (!output.isWanted) return;
  }
}

/** Without a session a line of context is told as a failure. */
function counts({ outcome, groups }: ForeignFailure): boolean {
  return outcome === "failure" && !groups.get("nofail");
}
