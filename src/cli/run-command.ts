/** Runs one command from argv. Only this file sets exit codes; it reports every error that a command throws. */
import { type Command, CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { createProgram, typedOptions } from "./commands.ts";
import { completeCommands } from "./complete-commands.ts";
import { describeFailure, formatFailure, wantsJson } from "./failure.ts";
import { runFail2banCommand } from "./fail2ban-commands.ts";
import { watchOutput } from "./output-error.ts";
import { fitErrors } from "./terminal.ts";

/** Runs it to its end. `loaded`: URLs of the program's modules that are imported so far; it grows. */
export async function runCommand(
  argv: readonly string[],
  loaded: ReadonlySet<string>,
): Promise<void> {
  watchOutput();
  let program: Command | undefined;
  try {
    process.exitCode = await runFail2banCommand(argv);
    if (process.exitCode === undefined) {
      program = createProgram(end, loaded);
      await program.parseAsync(argv, { from: "user" });
    }
  } catch (error) {
    process.exitCode = explain(error, argv, program);
  }
}

function end(code: ExitCode): void {
  process.exitCode = code;
}

function explain(error: unknown, argv: readonly string[], program: Command | undefined): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = describeFailure(error);
  const complete = (text: string): string =>
    completeCommands(text, program === undefined ? {} : typedOptions(program));
  const { message, hint } = failure.error;
  const shown = { ...failure.error, message: complete(message), hint: hint && complete(hint) };
  if (wantsJson(argv)) process.stdout.write(`${JSON.stringify({ error: shown })}\n`);
  else process.stderr.write(fitErrors(formatFailure({ ...failure, error: shown })));
  return failure.exitCode;
}
