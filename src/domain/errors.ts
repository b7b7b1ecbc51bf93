/**
 * Defines the error for expected failures: a stable code for programs, a message that says what was attempted, and a
 * hint.
 */
export class CodedError extends Error {
  /** Stable, kebab-case: scripts and documents refer to it. */
  readonly code: string;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}
