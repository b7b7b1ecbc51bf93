/**
 * Ends the program if standard output cannot be written. Ends silently if its reader, such as head(1), has closed the
 * pipe, else with the reason and EX_IOERR.
 */
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { EXIT } from "./exit-code.ts";

export function endOnOutputError(error: unknown): never {
  if (codeOf(error) === "EPIPE") process.exit(process.exitCode ?? EXIT.ok);
  process.stderr.write(`bailiff: cannot write to standard output: ${reasonOf(error)}\n`);
  process.exit(EXIT.ioError);
}

/** Handles errors of `process.stdout` and `process.stderr`, which arrive later as events. */
export function watchOutput(): void {
  process.stdout.on("error", endOnOutputError);
  // An error of standard error cannot be reported; the exit code is still correct.
  process.stderr.on("error", () => undefined);
}
