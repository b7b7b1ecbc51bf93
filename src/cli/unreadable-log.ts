/** Explains why a log on the command line cannot be read. */
import { CodedError } from "../domain/errors.ts";
import { UnknownCompressionError } from "../host/decompress.ts";
import { reasonOf } from "../host/explain-system-error.ts";

/** Explains an error of the system or of compressed data about a log; other errors are returned unchanged. */
export function explainUnreadableLog(error: unknown, path: string): unknown {
  const name = path === "-" ? "standard input" : path;
  const of = (reason: string, hint: string): CodedError =>
    new CodedError("no-input", `cannot read ${name}: ${reason}`, { cause: error, hint });
  if (error instanceof UnknownCompressionError) return of(error.message, error.hint);
  if (!(error instanceof Error) || !("code" in error) || error instanceof CodedError) return error;
  return of(...explainUnreadable(error));
}

function explainUnreadable(error: Error & { readonly code: unknown }): readonly [string, string] {
  switch (error.code) {
    case "ENOENT":
      return [
        "the file does not exist",
        'specify a log, plain or compressed with gzip or zstd, or "-" for standard input',
      ];
    case "EISDIR":
      return ["it is a directory", "specify the logs in it, or pipe them: cat DIR/* | bailiff … -"];
    case "EACCES":
      return ["permission denied", "run it as a user who may read the log, or with sudo"];
    default:
      return [reasonOf(error), "is it a plain log, or one compressed with gzip or zstd?"];
  }
}
