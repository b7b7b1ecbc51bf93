/** What the definition of a command needs. */
import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import type { ExitCode } from "../exit-code.ts";

export interface CommandRegistry {
  readonly program: Command;
  readonly context: () => CommandContext;
  /** Takes the exit code of the command that ran. */
  readonly end: (code: ExitCode) => void;
}
