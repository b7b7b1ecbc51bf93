/**
 * Bounds the audit of bulk changes. Changes of many addresses for one reason in one transaction become one entry for up
 * to MAX_MERGED addresses, which its detail lists.
 */
import type { AuditNote } from "../../domain/ban-book.ts";

/** Maximum number of changes of one kind that keep separate entries. */
const MAX_SEPARATE = 10;
const MAX_MERGED = 500;
/** Actions on addresses, which can be applied to many together. */
const MERGEABLE: ReadonlySet<string> = new Set(["ban", "extend", "unban", "allow", "disallow"]);

export function mergeAuditNotes(notes: readonly AuditNote[]): readonly AuditNote[] {
  if (notes.length <= MAX_SEPARATE) return notes;
  const groups = Map.groupBy(notes, keyOf);
  // Keep the order: a group replaces its first note.
  return [...groups.values()].flatMap(mergeGroup);
}

function keyOf(note: AuditNote): string | AuditNote {
  const { action, who, subject, jail, detail } = note;
  // Notes that cannot be merged stay separate entries.
  if (subject === undefined || !MERGEABLE.has(action)) return note;
  return JSON.stringify([action, who, jail, detail]);
}

function mergeGroup(group: readonly AuditNote[]): readonly AuditNote[] {
  const [first] = group;
  if (first === undefined || group.length <= MAX_SEPARATE) return group;
  const { action, who, jail, detail } = first;
  const merged: AuditNote[] = [];
  for (let start = 0; start < group.length; start += MAX_MERGED) {
    const subjects = group.slice(start, start + MAX_MERGED).map(({ subject }) => subject ?? "");
    const list = `${subjects.length} addresses: ${subjects.join(" ")} `;
    const about = jail === undefined ? {} : { jail };
    merged.push({ action, who, ...about, detail: detail === "" ? list : `${detail}; ${list}` });
  }
  return merged;
}

/** SQL condition: an entry that lists addresses in its detail lists the address that is the parameter. */
export const LISTS_SUBJECT: string = `subject IS NULL
  AND action IN (${[...MERGEABLE].map((action) => `'${action}'`).join(", ")})
  AND instr(detail, ' ' || ? || ' ') > 0`;
