/** Opens, extends and ends bans in the book, each with its audit entry, inside the caller's transaction. */
import type { Ban, BookedBan } from "../domain/ban.ts";
import type { AuditNote, BanOpening, PastBan } from "../domain/ban-book.ts";
import { formatInstant, type Instant, type Until } from "../domain/instant.ts";
import { wholeInstant } from "./tables/columns.ts";
import type { Tables } from "./tables/tables.ts";

/** Appends an entry to the audit; the writer decides whether the audit still accepts it. */
export type WriteAudit = (note: AuditNote) => void;

export interface BanOrder {
  readonly ban: Ban;
  readonly who: string;
  /** Added to the reason in the audit. */
  readonly note?: string | undefined;
  /** The id to use if the ban is new. */
  readonly id: number;
}

export function openBan(tables: Tables, order: BanOrder, audit: WriteAudit): BanOpening {
  const { who, note, id } = order;
  const ban = wholeBan(order.ban);
  const old = tables.bans.find(ban.jail, ban.subject);
  // A ban that has ended is past, even before the expiry timer closes it, and cannot be extended.
  const over = old !== undefined && old.until !== "forever" && old.until <= ban.from;
  if (over) endBan(tables, { ...EXPIRED, ban: old, ended: ban.from }, audit);
  const opening: BanOpening =
    old === undefined || over
      ? { ban: tables.banWriter.insert(ban, id), change: "opened", previousScope: undefined }
      : tables.banWriter.extend(old, ban);
  if (opening.change !== "unchanged") {
    const { subject, jail } = ban;
    const action = opening.change === "opened" ? "ban" : "extend";
    const detail = [`${endText(opening.ban.until)}: ${ban.reason}`, note ?? []].flat().join("; ");
    audit({ action, who, subject, jail, detail });
  }
  return opening;
}

function wholeBan(ban: Ban): Ban {
  const until = ban.until === "forever" ? ban.until : wholeInstant(ban.until);
  return { ...ban, from: wholeInstant(ban.from), until };
}

/** The end of a ban that expired at its own time. */
export const EXPIRED = { why: "expired", counts: true, who: "daemon", note: "" } as const;

export interface BanEnding {
  readonly ban: BookedBan;
  readonly ended: Instant;
  readonly why: PastBan["why"];
  readonly counts: boolean;
  readonly who: string;
  readonly note: string;
}

export function endBan(tables: Tables, ending: BanEnding, audit: WriteAudit): PastBan {
  const { ban, why, counts, who, note } = ending;
  const ended = wholeInstant(ending.ended);
  tables.banWriter.remove(ban);
  const { subject, jail } = ban;
  audit({ action: "unban", who, subject, jail, detail: note === "" ? why : note });
  return tables.history.insert(ban, { ended, why, counts, by: who, note });
}

function endText(until: Until): string {
  return until === "forever" ? "permanently" : `until ${formatInstant(until)}`;
}
