/** Explains why a log on the command line cannot be read. */
import { CodedError } from "../domain/errors.ts";
import { reasonOf } from "../host/explain-system-error.ts";

/** Explains an error of the system about a log; other errors are returned unchanged. */
export function explainUnreadableLog(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof CodedError) return error;
  const [reason, hint] = explainUnreadable(error);
  return new CodedError("no-input", `cannot read ${path}: ${reason}`, { cause: error, hint });
}

function explainUnreadable(error: Error & { readonly code: unknown }): readonly [string, string] {
  switch (error.code) {
    case "ENOENT":
      return ["the file does not exist", 'specify a log, a gzip file, or "-" for standard input'];
    case "EISDIR":
      return ["it is a directory", "specify the logs in it, or pipe them: cat DIR/* | bailiff … -"];
    case "EACCES":
      return ["permission denied", "run it as a user who may read the log, or with sudo"];
    default:
      return [reasonOf(error), "is it a plain log, or a .gz of one?"];
  }
}
