/** argv -> one command. The only place with exit codes; whatever a command throws is said here in words. */
import { CommanderError } from "commander";
import { CodedError } from "../domain/errors.ts";
import { enableLinearRegex } from "../platform/linear-regex.ts";
import { nameProcess } from "../platform/name-process.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-code.ts";
import { createProgram } from "./commands.ts";
import { runForeign } from "./foreign-commands.ts";
import { safe } from "./terminal.ts";

nameProcess("bailiff");
enableLinearRegex();
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
  if (error instanceof CodedError) {
    process.stderr.write(`bailiff: ${error.message.split("\n").map(safe).join("\n")}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${safe(error.hint)}\n`);
    return exitCodeOf(error.code);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`bailiff: this is a bug: ${stack}\n`);
  return EXIT.software;
}
