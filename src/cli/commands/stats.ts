/** Shows what was counted, as a table with a small chart, as CSV or as JSON. */
import { CodedError } from "../../domain/errors.ts";
import { type Counter, DAY_MS, HOUR_MS } from "../../domain/stats.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readSince } from "../read-since.ts";
import type { StatsRows } from "./shared-options.ts";
import { formatStatsCsv } from "./stats/stats-csv.ts";
import { describeStats } from "./stats/stats-screen.ts";

export interface StatsOptions {
  readonly since?: string;
  readonly by?: StatsRows;
  readonly count: Counter;
  readonly jail?: string;
  readonly limit: number;
  readonly csv: boolean;
  readonly json: boolean;
}

/** Longest periods with steps of an hour and of a day; longer ones have steps of a week. */
const MAX_IN_HOURS_MS = 2 * DAY_MS;
const MAX_IN_DAYS_MS = 62 * DAY_MS;
/** Maximum length of the lists in a reply. */
const MAX_TOP = 1000;

export async function stats(context: CommandContext, options: StatsOptions): Promise<ExitCode> {
  const { terminal } = context;
  const { by, jail, limit } = options;
  if (jail !== undefined && (by === "address" || by === "user" || by === "network"))
    throw new CodedError(
      "usage",
      `--by ${by} counts all jails together, so --jail is not possible`,
      {
        hint: `leave out --jail, or: bailiff stats --jail ${jail} --by rule`,
      },
    );
  const now = Date.now();
  const since = readSince(options.since ?? (by === "hour" ? "1d" : "30d"));
  const step = stepOf(by, since);
  const reply = await ask(context, "stats", {
    ...{ from: beginningOf(now - since, step), to: now, step, jail },
    by: by === "jail" || by === "rule" ? by : undefined,
    top: Math.min(limit, MAX_TOP),
  });
  if (options.json) terminal.print(JSON.stringify(reply));
  else if (options.csv) terminal.print(formatStatsCsv(reply, by));
  else terminal.show(describeStats(reply, options, terminal.width, now));
  return EXIT.ok;
}

/** Returns the number of hours in a step. Rows that are no times get one step for the whole period. */
function stepOf(by: StatsRows | undefined, since: number): number {
  if (by === "hour") return 1;
  if (by !== undefined) return Math.ceil(since / HOUR_MS) + 1;
  if (since <= MAX_IN_HOURS_MS) return 1;
  return since <= MAX_IN_DAYS_MS ? 24 : 7 * 24;
}

/** Returns the beginning of the hour, or of the local day if a step is as long as whole days. */
function beginningOf(at: number, step: number): number {
  const begin = new Date(at);
  if (step % 24 === 0) begin.setHours(0, 0, 0, 0);
  else begin.setMinutes(0, 0, 0);
  return Math.max(0, begin.getTime());
}
