/** Reads options of a jail as texts. */
import type { Fail2banJail } from "../read-directory.ts";

/** Returns an option of the jail, else that of its filter. */
export function optionOf({ options, filter }: Fail2banJail, key: string): string | undefined {
  return options.get(key) ?? filter?.options.get(key);
}

/** Returns the non-empty lines. */
export function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}
