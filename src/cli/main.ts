/** Runs one command from argv. Only this file sets exit codes; it reports every error that a command throws. */
import { type Command, CommanderError } from "commander";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { nameProcess } from "../host/process/name-process.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { createProgram, typedOptions } from "./commands.ts";
import { completeCommands } from "./complete-commands.ts";
import { describeFailure, formatFailure, wantsJson } from "./failure.ts";
import { runFail2banCommand } from "./fail2ban-commands.ts";
import { watchOutput } from "./output-error.ts";
import { fitErrors } from "./terminal.ts";

nameProcess("bailiff");
enableLinearRegex();
watchOutput();
let program: Command | undefined;
try {
  process.exitCode = await runFail2banCommand(process.argv.slice(2));
  if (process.exitCode === undefined) {
    program = createProgram(end);
    await program.parseAsync();
  }
} catch (error) {
  process.exitCode = explain(error);
}

function end(code: ExitCode): void {
  process.exitCode = code;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = describeFailure(error);
  const complete = (text: string): string =>
    completeCommands(text, program === undefined ? {} : typedOptions(program));
  const { message, hint } = failure.error;
  const shown = { ...failure.error, message: complete(message), hint: hint && complete(hint) };
  const text = wantsJson(process.argv.slice(2))
    ? `${JSON.stringify({ error: shown })}\n`
    : undefined;
  if (text === undefined)
    process.stderr.write(fitErrors(formatFailure({ ...failure, error: shown })));
  else process.stdout.write(text);
  return failure.exitCode;
}
