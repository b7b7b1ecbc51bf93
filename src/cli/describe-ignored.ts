/** Describes an exempt address that would have been banned. */
import type { IgnoredReply } from "../control/status-messages.ts";
import { amount } from "../domain/amount.ts";
import { formatDistance, sentence } from "./format-time.ts";

export function describeIgnored(ignored: IgnoredReply): string {
  const { subject, jail, entry, offenses, last_at } = ignored;
  const times = amount(offenses, "offense");
  return `${subject} in ${jail}: ${times}, last ${formatDistance(last_at)}; exempt: ${sentence(entry)}`;
}
