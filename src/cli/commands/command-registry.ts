/** What the functions that define commands receive. */
import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import type { ExitCode } from "../exit-code.ts";

export interface CommandRegistry {
  readonly program: Command;
  readonly context: () => CommandContext;
  /** Receives the exit code of the command that ran. */
  readonly end: (code: ExitCode) => void;
  /** URLs of the program's modules that are imported so far; it grows. */
  readonly loaded: ReadonlySet<string>;
}
