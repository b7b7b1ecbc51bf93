/** Creates the error of a dashboard that cannot start. Its code decides whether the unit tries again. */
import { CodedError } from "../domain/errors.ts";
import { codeOf } from "../domain/thrown-error.ts";

/** Errors of the system that may end without a change of the settings. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  ...["EADDRINUSE", "EADDRNOTAVAIL", "ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "ENOMEM", "EIO"],
]);

/** `cause`: why, if it is no setting. */
export function startError(message: string, hint: string, cause?: unknown): CodedError {
  const options = { hint, cause };
  return PASSING.has(codeOf(cause))
    ? new CodedError("web-unavailable", message, options)
    : new CodedError("web-misconfigured", message, options);
}
