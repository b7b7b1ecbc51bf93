/** Describes lines about failed logins that have no record in btmp. */
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import { nameAddresses } from "./name-addresses.ts";
import type { RecordedLine } from "./recorded-lines.ts";

export interface UnrecordedContext {
  /** Why records may be missing at present; undefined: no reason is known. */
  readonly trouble: string | undefined;
  /** Whether records are reliable, so that such lines ban nobody. */
  readonly isReliable: boolean;
}

/** Describes at least one line; `lines`: oldest first. */
export function describeUnrecorded(
  lines: readonly RecordedLine[],
  { trouble, isReliable }: UnrecordedContext,
): string {
  const [first] = lines;
  const since = first === undefined ? "" : ` since ${formatInstant(first.at)}`;
  const what = `${amount(lines.length, "line")} about failed logins${since} ${lines.length === 1 ? "has" : "have"} no record in btmp: ${nameAddresses(lines)}`;
  const effect = isReliable
    ? "another process may have written them, so they lead to no ban"
    : `they still ban: ${trouble ?? "nothing has been recorded for 10 minutes"}`;
  return `${what}; ${effect}`;
}
