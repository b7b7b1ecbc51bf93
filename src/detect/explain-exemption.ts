/** Explains why a subject is exempt. Names the entry if it differs from the subject. */
import { type Subject, subjectContains, subjectsOverlap } from "../domain/cidr.ts";
import type { AllowList } from "./allow-list.ts";
import { ALWAYS_EXEMPT } from "./always-exempt.ts";

/** Explains the first reason; undefined: the subject is not exempt. Otherwise checks every entry. */
export function explainExemption(list: AllowList, subject: Subject): string | undefined {
  const reason = list.covers(subject);
  if (reason === undefined) return undefined;
  // Of several entries in a network, prefer those that an administrator wrote.
  const overlapping = list.entries.filter((entry) => subjectsOverlap(entry.subject, subject));
  const entry = overlapping.find((one) => !ALWAYS_EXEMPT.includes(one)) ?? overlapping[0];
  // Otherwise it is an IPv4 entry that exempts the host behind a translator.
  if (entry === undefined) return reason;
  const { subject: exempt, because } = entry;
  if (!subjectContains(exempt, subject))
    return `it contains ${exempt}, which is exempt: ${because}`;
  const isNamed = exempt === subject || because.includes(exempt) || ALWAYS_EXEMPT.includes(entry);
  return isNamed ? because : `in ${exempt}, ${because}`;
}
