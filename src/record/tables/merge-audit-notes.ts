/**
 * Bounds the audit of bulk changes: what one transaction did to many addresses for one reason becomes one entry for up
 * to MAX_MERGED addresses, which its detail lists.
 */
import type { AuditNote } from "../../domain/ban-book.ts";

/** Up to this many changes of one kind keep separate entries. */
const MAX_SEPARATE = 10;
const MAX_MERGED = 500;
/** Actions on addresses, which may be applied to many together. */
const MERGEABLE: ReadonlySet<string> = new Set(["ban", "extend", "unban", "allow", "disallow"]);

export function mergeAuditNotes(notes: readonly AuditNote[]): readonly AuditNote[] {
  if (notes.length <= MAX_SEPARATE) return notes;
  const groups = Map.groupBy(notes, keyOf);
  // The order is kept: a group replaces its first note.
  return [...groups.values()].flatMap(mergeGroup);
}

function keyOf(note: AuditNote): string | AuditNote {
  const { action, who, subject, jail, detail } = note;
  // A separate entry.
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

/** SQL: whether an entry that lists addresses in its detail lists the one that is the parameter. */
export const LISTS_SUBJECT: string = `subject IS NULL
  AND action IN (${[...MERGEABLE].map((action) => `'${action}'`).join(", ")})
  AND instr(detail, ' ' || ? || ' ') > 0`;
