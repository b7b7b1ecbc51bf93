/**
 * Ends the program when standard output cannot be written: silently when its reader, such as head(1), has closed the
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

/** For direct writes to `process.stdout` and `process.stderr`, whose errors arrive later as events. */
export function watchOutput(): void {
  process.stdout.on("error", endOnOutputError);
  // What cannot be written to standard error can be reported nowhere; the exit code still says how the command ended.
  process.stderr.on("error", () => undefined);
}
