import { missingArgument } from "../command-error.ts";
import type { PickleValue } from "../pickle-value.ts";
import { pythonText } from "../python-text.ts";

/** Returns an argument as text, whatever its type. */
export function textAt(args: readonly PickleValue[], index: number): string {
  const value = args[index];
  if (value === undefined) throw missingArgument();
  return pythonText(value);
}
