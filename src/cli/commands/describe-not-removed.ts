/** Explains why `allow --remove` found nothing to remove for an address, and what exempts it instead. */
import type { AllowReply } from "../../control/messages.ts";
import { literalSubject, subjectContains } from "../../domain/cidr.ts";
import { isAllowedByCommand } from "../../pipeline/allow/describe-allowance.ts";
import { sentence } from "../format-time.ts";

export function describeNotRemoved(word: string, allowed: readonly AllowReply[]): string {
  const subject = literalSubject(word);
  const covering = allowed.filter((entry) =>
    subjectContains(literalSubject(entry.subject), subject),
  );
  const entry =
    covering.find(({ because }) => isAllowedByCommand(because)) ??
    // What no configuration can change explains it best.
    covering.find(({ because }) => !because.includes("ignoreip ")) ??
    covering[0];
  if (entry === undefined) return `${word} is not on the allow-list.`;
  if (isAllowedByCommand(entry.because))
    return `${word} is not on the allow-list itself, ${entry.subject} covers it: bailiff allow --remove ${entry.subject}`;
  const fix = entry.because.includes("ignoreip ") ? "; change ignoreip in the configuration" : "";
  return `${word} is exempt, but not by bailiff allow: ${sentence(entry.because)}${fix}`;
}
