import { writeFileSync } from "node:fs";
import { enabledJails } from "../../config/config.ts";
import { asEnforced } from "../../config/observes-only.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import { formatProblem } from "../../domain/problem.ts";
import { readPortNames } from "../../host/services/port-names.ts";
import { systemReason } from "../../host/explain-system-error.ts";
import { systemClock } from "../../host/system-clock.ts";
import { compileJails, type CompiledJail } from "../../jails/compile-jails.ts";
import { type Loaded, loadAll } from "../../jails/load-all.ts";
import { UnreadableLogError } from "../../pipeline/replay.ts";
import {
  type JailHistory,
  MIN_SPAN,
  readHistory,
  tune as tunePolicies,
} from "../../pipeline/tune.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { widthOf } from "../terminal.ts";
import { explainUnreadableLog } from "../unreadable-log.ts";
import { readExempt } from "./tune/read-exempt.ts";
import { describeTuning } from "./tune/describe-tuning.ts";
import { openHistory, type OpenedHistory } from "./tune/open-history.ts";
import { showSweep } from "./tune/show-sweep.ts";
import { toTuningReply, type TunedJail } from "./tune/tuned-jail.ts";
import { renderTuningPage } from "./tune/tuning-page.ts";

export interface TuneCommandOptions {
  readonly html?: string;
  readonly showRisky: boolean;
  readonly json: boolean;
}

/** How far back the jail's own log is read. */
const PERIOD: Duration = duration(90 * 86_400_000);

/** Tries other thresholds of a jail on its past, and proposes some. */
export async function tune(
  context: CommandContext,
  name: string,
  logs: readonly string[],
  options: TuneCommandOptions,
): Promise<ExitCode> {
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok) throw new CodedError("bad-config", loaded.error.map(formatProblem).join("\n"));
  const compiled = compileJail(loaded.value, name);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const opened = await openHistory(compiled, {
    logs,
    containers: loaded.value.config.containers,
    since: instant(systemClock.now() - PERIOD),
    signal: stop.signal,
  });
  const history = await readWhole(opened);
  if (!stop.signal.aborted) requireHistory(history, name, opened.where);
  const exempt = await readExempt(context, name);
  const progress = showSweep();
  const tuning = await tunePolicies({
    ...{ compiled, history, signal: stop.signal, onTried: progress.onTried, exempt },
    ports: await readPortNames(),
  });
  progress.end();
  if (stop.signal.aborted) return EXIT.no;
  const { where, leftOut } = opened;
  const { showRisky } = options;
  const jail: TunedJail = { name, where, leftOut, history, tuning, showRisky };
  if (options.html !== undefined) writePage(options.html, renderTuningPage(jail));
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(toTuningReply(jail)));
  else terminal.show(describeTuning(jail, widthOf(terminal)));
  return tuning.proposal === undefined ? EXIT.no : EXIT.ok;
}

function compileJail(loaded: Loaded, name: string): CompiledJail {
  const jails = enabledJails(loaded.config);
  const config = jails.find((jail) => jail.name === name);
  if (config === undefined) {
    const hint = `jails: ${jails.map((jail) => jail.name).join(", ")}`;
    throw new CodedError("unknown-jail", `unknown jail "${name}"`, { hint });
  }
  const { jails: compiled, problems } = compileJails([asEnforced(config)], loaded, []);
  const [one] = compiled;
  if (one !== undefined) return one;
  throw new CodedError("bad-config", problems.map(formatProblem).join("\n"));
}

async function readWhole({ read }: OpenedHistory): Promise<JailHistory> {
  try {
    return await readHistory(await read());
  } catch (error) {
    throw error instanceof UnreadableLogError
      ? explainUnreadableLog(error.cause, error.path)
      : error;
  }
}

/** Throws a CodedError if too little is known to compare policies. */
function requireHistory(history: JailHistory, name: string, where: string): void {
  const { lines, failures, span } = history;
  const more = `specify logs of some weeks: bailiff tune ${name} LOG…`;
  if (lines === 0) throw new CodedError("no-input", `no lines in ${where}`, { hint: more });
  if (failures === 0)
    throw new CodedError("no-input", `no failed attempt in ${amount(lines, "line")} of ${where}`, {
      hint: "with no attempts there is nothing to tune; if there were some, bailiff doctor says why no rule recognizes them",
    });
  if (span === undefined)
    throw new CodedError("no-input", `no recognized line in ${where} has a time`, { hint: more });
  const length = duration(span.last - span.first);
  if (length < MIN_SPAN)
    throw new CodedError(
      "no-input",
      `the history is too short: ${formatDuration(length)} in ${where}, expected at least ${formatDuration(MIN_SPAN)}`,
      { hint: more },
    );
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new CodedError("page-not-written", `cannot write ${path}: ${systemReason(error)}`, {
      hint: "specify a file in a directory that you may write to",
      cause: error,
    });
  }
}
