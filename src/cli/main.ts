/** Runs one command from argv. Only this module sets exit codes; it reports whatever a command throws. */
import { CommanderError } from "commander";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { nameProcess } from "../host/process/name-process.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { createProgram } from "./commands.ts";
import { describeFailure, formatFailure, wantsJson } from "./failure.ts";
import { runForeign } from "./foreign-commands.ts";
import { watchOutput } from "./output-error.ts";
import { fitErrors } from "./terminal.ts";

nameProcess("bailiff");
enableLinearRegex();
watchOutput();
try {
  process.exitCode = await runForeign(process.argv.slice(2));
  if (process.exitCode === undefined) await createProgram(end).parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

function end(code: ExitCode): void {
  process.exitCode = code;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = describeFailure(error);
  const text = wantsJson(process.argv.slice(2))
    ? `${JSON.stringify({ error: failure.error })}\n`
    : undefined;
  if (text === undefined) process.stderr.write(fitErrors(formatFailure(failure)));
  else process.stdout.write(text);
  return failure.exitCode;
}
