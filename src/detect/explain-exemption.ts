/** Explains why a subject is exempt. Names the entries that differ from the subject. */
import { amount } from "../domain/amount.ts";
import { type Subject, subjectContains, subjectsOverlap } from "../domain/cidr.ts";
import { describeWideNetwork } from "../domain/wide-network.ts";
import type { AllowEntry, AllowList } from "./allow-list.ts";
import { ALWAYS_EXEMPT } from "./always-exempt.ts";

/** A large network may contain many. */
const MAX_SHOWN = 3;

/** Explains the first reason; undefined: the subject is not exempt. Otherwise checks every entry. */
export function explainExemption(list: AllowList, subject: Subject): string | undefined {
  const reason = list.covers(subject);
  if (reason === undefined) return undefined;
  // Of several entries in a network, prefer those that an administrator wrote.
  const overlapping = list.entries
    .filter((entry) => subjectsOverlap(entry.subject, subject))
    .toSorted((a, b) => Number(ALWAYS_EXEMPT.includes(a)) - Number(ALWAYS_EXEMPT.includes(b)));
  const [entry] = overlapping;
  // Otherwise it is an IPv4 entry that exempts the host behind a translator.
  if (entry === undefined) return reason;
  const { subject: exempt, because } = entry;
  if (!subjectContains(exempt, subject)) return describeContained(subject, overlapping);
  const isNamed = exempt === subject || because.includes(exempt) || ALWAYS_EXEMPT.includes(entry);
  return isNamed ? because : `in ${exempt}, ${because}`;
}

function describeContained(network: Subject, entries: readonly AllowEntry[]): string {
  // Every jail may have the same entry.
  const different = [...new Map(entries.map((entry) => [entry.subject, entry])).values()];
  const shown = different.slice(0, MAX_SHOWN);
  const more = different.length - shown.length;
  const named = shown.map(({ subject, because }) => `${subject} (${because})`);
  const wide = describeWideNetwork(network);
  if (wide === undefined && different.length === 1)
    return `it contains ${named.join("")}, which is exempt`;
  const rest = more === 0 ? "" : ` and ${more} more (bailiff allow lists them)`;
  const exempt = amount(
    different.length,
    "exempt address or network",
    "exempt addresses or networks",
  );
  const what = wide === undefined ? exempt : `${wide}, with ${exempt}`;
  return `it contains ${what}: ${named.join(", ")}${rest}`;
}
