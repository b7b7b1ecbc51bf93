import type { AllowEntry } from "../../domain/ban-book.ts";

const BY_COMMAND = "allowed by ";

/** Describes why an entry of `bailiff allow` exempts, as `why` and `allow` show it. */
export function describeAllowance({ who, reason }: Pick<AllowEntry, "who" | "reason">): string {
  return reason === "" ? `${BY_COMMAND}${who}` : `${BY_COMMAND}${who}: ${reason}`;
}

/** Returns whether a command put the entry on the list, so that a command can remove it. */
export function isAllowedByCommand(because: string): boolean {
  return because.startsWith(BY_COMMAND);
}
