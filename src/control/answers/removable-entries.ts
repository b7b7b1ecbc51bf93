/** Finds the entries of `bailiff allow` whose removal ends the exemption of a subject. */
import type { AllowList } from "../../detect/allow-list.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";

/** `added` are the entries of `bailiff allow` in the list. Empty when other entries exempt the subject as well. */
export function removableEntries(
  subject: Subject,
  list: Pick<AllowList, "entries">,
  added: readonly { readonly subject: Subject }[],
): readonly Subject[] {
  const isInIt = (entry: { readonly subject: Subject }): boolean =>
    subjectsOverlap(entry.subject, subject);
  const removable = added.filter(isInIt);
  return list.entries.filter(isInIt).length > removable.length
    ? []
    : removable.map((entry) => entry.subject);
}
