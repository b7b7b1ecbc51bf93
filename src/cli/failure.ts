/**
 * Formats an error that a command threw, for people or as JSON. People get it on standard error; with --json it is one
 * object on standard output, {"error":{"code":…,"message":…,"hint":…}}, instead of the answer.
 */
import { messageOf } from "../domain/thrown-error.ts";
import { CodedError } from "../domain/errors.ts";
import { explainSystemError } from "../host/explain-system-error.ts";
import { escapeAdvice } from "../telemetry/escape-text.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-code.ts";

/** Stable JSON of a failed command with `--json`. */
export interface JsonError {
  /** Stable name; docs/reference/errors.md lists all. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface Failure {
  readonly error: JsonError;
  readonly exitCode: ExitCode;
  /** Stack trace of a bug. */
  readonly stack?: string | undefined;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CodedError) {
    const { code, message, hint = null } = error;
    return { error: { code, message, hint }, exitCode: exitCodeOf(code) };
  }
  const system = explainSystemError(error);
  if (system !== undefined) {
    const { message, isPermission } = system;
    const failed: JsonError = isPermission
      ? { code: "permission-denied", message, hint: "use sudo, or specify another file" }
      : { code: "system-error", message, hint: null };
    return { error: failed, exitCode: exitCodeOf(failed.code) };
  }
  const message = messageOf(error);
  const stack = error instanceof Error ? error.stack : undefined;
  const hint = "please report it, with what you did";
  return { error: { code: "bug", message, hint }, exitCode: EXIT.software, stack };
}

export function formatFailure({ error, stack }: Failure): string {
  const { code, message, hint } = error;
  const text = code === "bug" ? `this is a bug: ${stack ?? message}` : message;
  const lines = [`bailiff: ${text.split("\n").map(escapeAdvice).join("\n")}`];
  if (hint !== null) lines.push(...hint.split("\n").map((line) => `  ${escapeAdvice(line)}`));
  return `${lines.join("\n")}\n`;
}

/** Reports whether --json was typed. Needed even if the command line is invalid, so it does not use the parser. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).includes("--json");
}
