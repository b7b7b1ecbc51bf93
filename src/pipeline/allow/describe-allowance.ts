import type { AllowEntry } from "../../domain/ban-book.ts";

/** Why an entry of `bailiff allow` exempts, in the words that `why` and `allow` show. */
export function describeAllowance({ who, reason }: Pick<AllowEntry, "who" | "reason">): string {
  return reason === "" ? `allowed by ${who}` : `allowed by ${who}: ${reason}`;
}
