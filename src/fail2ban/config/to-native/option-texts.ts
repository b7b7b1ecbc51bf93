/** Options of a jail as texts. */
import type { Fail2banJail } from "../read-directory.ts";

/** The jail's own word wins over its filter's; fail2ban takes both where both give expressions. */
export function optionOf({ options, filter }: Fail2banJail, key: string): string | undefined {
  return options.get(key) ?? filter?.options.get(key);
}

/** Without those that are empty. */
export function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}
