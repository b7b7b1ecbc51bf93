import { assessHost } from "../../health/assess-host.ts";
import { loadAll } from "../../jails/load-all.ts";
import { CodedError } from "../../domain/errors.ts";
import { formatProblem } from "../../domain/problem.ts";
import { systemClock } from "../../host/system-clock.ts";
import { localOffset } from "../../host/time-zone.ts";
import { findSocket } from "../ask.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { describeAssessment } from "./assess/describe-assessment.ts";

/** Prints the assessment of this host. The exit code is 0 unless the assessment itself fails. */
export async function assess(
  context: CommandContext,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok)
    throw new CodedError("bad-config", loaded.error.map(formatProblem).join("\n"), {
      hint: "correct it (bailiff check): without a valid configuration, the effect of bans cannot be estimated",
    });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  if (terminal.isTerminal) terminal.complain("Reading the last weeks of the logs (20 s at most) …");
  const assessment = await assessHost({
    loaded: loaded.value,
    socket: await findSocket(context),
    sshConnection: process.env["SSH_CONNECTION"],
    clock: systemClock,
    localOffset,
    signal: stop.signal,
  });
  if (options.json) terminal.print(JSON.stringify(assessment));
  else terminal.show(describeAssessment(assessment, terminal));
  return assessment.judgment.verdict === "not-known" ? EXIT.no : EXIT.ok;
}
