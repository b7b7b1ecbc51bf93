/** Prints only the failures of a log, for `-o`. */
import type { Instant } from "../../domain/instant.ts";
import type { Fail2banFailure } from "../../fail2ban/dialect/fail2ban-failure.ts";
import type { Fail2banMatcher } from "../../fail2ban/dialect/fail2ban-matcher.ts";
import { Groups } from "../../fail2ban/dialect/groups.ts";
import { systemClock } from "../../host/system-clock.ts";
import { createFailureFormat } from "./format-failure.ts";
import type { RegexOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { forEachLine, type Log } from "./read-log.ts";
import { isUnresolvedName } from "./unresolved-name.ts";

export interface PrintRequest {
  readonly options: RegexOptions;
  /** Format of the output, from `-o`. */
  readonly out: string;
  readonly filter: Fail2banMatcher;
  readonly log: Log;
  readonly output: Output;
}

export async function printFailures(request: PrintRequest): Promise<void> {
  const { options, out, filter, log, output } = request;
  const format = createFailureFormat(out);
  const now = systemClock.now();
  let lastAt: Instant | undefined;
  for await (const piece of log.pieces) {
    const { ascii } = piece;
    forEachLine(piece, (line, at) => {
      const found = filter.examine({ line, ascii, at, now, undated: "keep" });
      lastAt = filter.last.at ?? lastAt;
      // Most lines are none, and there may be millions of them.
      if (found.length === 0 && !options.invert) return;
      const failures = found.filter(
        (failure) => counts(failure) && !isUnresolvedName(failure, options),
      );
      const others = failures.length === 0 && options.invert ? [ofNobody(line, lastAt)] : [];
      const printed = options.invert ? others : failures;
      for (const failure of printed) for (const one of format(failure)) output.print(one);
    });
    if (!output.isWanted) return;
  }
}

/** Returns a line that is no failure in the form of one, with the last known date. */
function ofNobody(line: string, at: Instant | undefined): Fail2banFailure {
  const groups = new Groups();
  groups.set("fid", "");
  const lines = [line.replace(/[\r\n]+$/, "")];
  const nobody = { id: "", kind: "other", users: new Set<string>() } as const;
  return { ...nobody, outcome: "failure", rule: -1, at, groups, lines: () => lines };
}

/**
 * Reports whether a failure is printed. Without a session, a line of context has the outcome "failure" too, but its
 * group nofail is set.
 */
function counts({ outcome, groups }: Fail2banFailure): boolean {
  return outcome === "failure" && !groups.get("nofail");
}
