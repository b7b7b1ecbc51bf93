/** An error for a client of fail2ban's protocol, named like an exception of fail2ban. */
import type { PickleException, PickleValue } from "./pickle-value.ts";
import { pythonRepr } from "./python-text.ts";

export class CommandError extends Error {
  readonly exception: PickleException;

  constructor(message: string, type = "Exception", module = "builtins") {
    super(message);
    this.exception = { kind: "exception", module, name: type, args: [message] };
  }
}

/** An error of the operating system in Python's form: number, text, file. */
export class FileError extends CommandError {
  override readonly exception: PickleException;

  constructor(path: string) {
    const words = "No such file or directory";
    super(words);
    const args = [2, words, path];
    this.exception = { kind: "exception", module: "builtins", name: "FileNotFoundError", args };
  }
}

const OWN = "fail2ban.exceptions";

/** Creates the error for a jail that does not exist. */
export function unknownJail(name: string): CommandError {
  return new CommandError(name, "UnknownJailException", OWN);
}

export function duplicateJail(name: string): CommandError {
  return new CommandError(name, "DuplicateJailException", OWN);
}

export function badExpression(message: string): CommandError {
  return new CommandError(message, "RegexException", "fail2ban.server.failregex");
}

/** Creates the error for a command with too few arguments. */
export function missingArgument(): CommandError {
  return new CommandError("list index out of range", "IndexError");
}

export function badValue(message: string): CommandError {
  return new CommandError(message, "ValueError");
}

/** Parses a whole number as Python does. */
export function wholeNumber(value: PickleValue): number {
  if (typeof value === "number" && Number.isSafeInteger(Math.trunc(value)))
    return Math.trunc(value);
  const text = typeof value === "string" ? value.trim() : "";
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw badValue(`invalid literal for int() with base 10: ${pythonRepr(value)}`);
}
