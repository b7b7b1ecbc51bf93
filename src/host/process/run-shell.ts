/**
 * Runs an administrator's shell script to its end. This is the only code of the daemon that starts a shell. Values are
 * passed only as environment variables. For time-outs and background processes, see run-command.ts.
 */
import { type CommandEnd, runCommand } from "./run-command.ts";

export interface ShellRun {
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Stops the script when it aborts. */
  readonly signal: AbortSignal;
}

export type ShellEnd = CommandEnd;

/** Runs a script. Never rejects. */
export type RunShell = (run: ShellRun) => Promise<ShellEnd>;

export const runShell: RunShell = ({ script, ...run }) =>
  runCommand({ ...run, argv: ["/bin/sh", "-c", script] });
