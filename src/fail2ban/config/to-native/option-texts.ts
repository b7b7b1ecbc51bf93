/** Reads options of a jail as texts. */
import type { Fail2banJail } from "../read-directory.ts";

/** An option of the jail overrides that of its filter. */
export function optionOf({ options, filter }: Fail2banJail, key: string): string | undefined {
  return options.get(key) ?? filter?.options.get(key);
}

/** The lines that are not empty. */
export function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}
