import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { systemClock } from "../../host/system-clock.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import { localOffset } from "../../host/time-zone.ts";
import { isOwn } from "../../jails/load-filters.ts";
import { namedLogs, ownsLog } from "../../jails/owns-log.ts";
import { replay as replayLogs, summarize, UnreadableLogError } from "../../pipeline/replay.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { widthOf } from "../terminal.ts";
import { explainUnreadableLog } from "../unreadable-log.ts";
import { describeReplay } from "./replay/describe-replay.ts";
import { readPolicies } from "./replay/read-policies.ts";
import { createProgressBar } from "./progress-bar.ts";

export interface ReplayCommandOptions {
  readonly filter?: readonly string[];
  readonly against?: string;
  readonly fail2ban?: string;
  readonly all: boolean;
  readonly json: boolean;
}

const MAX_LOGS = 500;

/** Tries policies on old logs, in the time of the logs. */
export async function replay(
  context: CommandContext,
  logs: readonly string[],
  { filter = [], against, fail2ban, all, json }: ReplayCommandOptions,
): Promise<ExitCode> {
  if (logs.length > MAX_LOGS)
    throw new CodedError("usage", `too many logs: ${logs.length}, at most ${MAX_LOGS}`);
  const { terminal } = context;
  const policies = await readPolicies(context, { filter, against, fail2ban });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const bars = logs.map((path) => createProgressBar(path));
  const began = performance.now();
  try {
    const replayed = await replayLogs({
      ...{ logs, policies, localOffset, clock: systemClock, signal: stop.signal },
      ports: await readPortNames(),
      owned: ({ definition, jail }) => {
        const own = isOwn(definition);
        const files = [...definition.files, ...namedLogs(definition.name, [jail.config])];
        return logs.every((path) => ownsLog({ own, files }, path));
      },
      onProgress: ({ log, bytes, total }) => bars[log]?.({ bytes, total }),
    });
    const seconds = (performance.now() - began) / 1000;
    const { lines, tallies } = replayed;
    const summaries = policies.map((policy, i) => {
      const tally = tallies[i];
      if (tally === undefined) throw new Error(`the policy ${policy.name} was not replayed`);
      return summarize(policy, tally, { lines, seconds });
    });
    const isPart = stop.signal.aborted;
    if (isPart)
      terminal.complain(`interrupted after ${amount(lines, "line")}, so there is no result`);
    else if (json) for (const { line } of summaries) terminal.print(JSON.stringify(line));
    else terminal.show(describeReplay(replayed, summaries, { all, width: widthOf(terminal) }));
    return isPart ? EXIT.no : EXIT.ok;
  } catch (error) {
    throw error instanceof UnreadableLogError
      ? explainUnreadableLog(error.cause, error.path)
      : error;
  }
}
