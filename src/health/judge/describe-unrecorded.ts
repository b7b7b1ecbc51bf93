/** Describes lines about failed logins that btmp has no record of. */
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import { nameAddresses } from "./name-addresses.ts";
import type { RecordedLine } from "./recorded-lines.ts";

export interface UnrecordedContext {
  /** Why nothing may be recorded at present. */
  readonly trouble: string | undefined;
  /** Whether such lines ban nobody. */
  readonly isReliable: boolean;
}

/** `lines`: oldest first, at least one. */
export function describeUnrecorded(
  lines: readonly RecordedLine[],
  { trouble, isReliable }: UnrecordedContext,
): string {
  const [first] = lines;
  const since = first === undefined ? "" : ` since ${formatInstant(first.at)}`;
  const what = `${amount(lines.length, "line")} about failed logins${since} ${lines.length === 1 ? "has" : "have"} no record in btmp: ${nameAddresses(lines)}`;
  const effect = isReliable
    ? "somebody else may have written them, so they ban nobody"
    : `they still ban: ${trouble ?? "nothing has been recorded for 10 minutes"}`;
  return `${what}; ${effect}`;
}
