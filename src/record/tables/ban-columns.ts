/**
 * Converts a ban to a row of `bans` or `history`, and back. Values were validated when they were written, so branded
 * types are not validated again; a row without the right column types throws.
 */
import type { Ban, BookedBan, Origin } from "../../domain/ban.ts";
import type { PastBan } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { OBSERVED, type PortScope, portScope, portsOf } from "../../domain/port-scope.ts";
import { instantIn, integerIn, type Row, textIn, UnreadableColumn, untilIn } from "./columns.ts";
import type { EnforcerViews } from "./enforcer-views.ts";

/** Value of the column `why` for a lifted ban that lengthens the next one. */
export const UNBANNED_AND_COUNTS = "unbanned, counts";

export function bookedBanIn(row: Row, views: EnforcerViews): BookedBan {
  const ban = banIn(row);
  const { state, gaps } = views.stateOf(ban);
  return { ...ban, id: integerIn(row, "id"), state, gaps };
}

export function pastBanIn(row: Row): PastBan {
  return {
    ...banIn(row),
    id: integerIn(row, "id"),
    ended: instantIn(row, "ended_at"),
    why: textIn(row, "why") === "expired" ? "expired" : "unbanned",
    counts: textIn(row, "why") !== "unbanned",
    by: textIn(row, "ended_by"),
    note: textIn(row, "note"),
  };
}

export function subjectIn(row: Row, column = "subject"): Subject {
  const subject = parseSubject(textIn(row, column));
  if (subject === undefined) throw new UnreadableColumn(`column ${column} holds no subject`);
  return subject;
}

export function jailIn(row: Row): JailName {
  const jail = parseJailName(textIn(row, "jail"));
  if (jail === undefined) throw new UnreadableColumn("column jail holds no jail name");
  return jail;
}

export function scopeIn(row: Row): PortScope {
  const text = textIn(row, "scope");
  // An observed ban must not be read as one of all ports.
  if (text === OBSERVED) return OBSERVED;
  return text === "all" ? portScope([]) : portScope(portsOf(text as PortScope));
}

function banIn(row: Row): Ban {
  return {
    subject: subjectIn(row),
    jail: jailIn(row),
    scope: scopeIn(row),
    from: instantIn(row, "from_at"),
    until: untilIn(row, "until_at"),
    origin: originIn(row),
    reason: textIn(row, "reason"),
    rule: textIn(row, "rule"),
    failures: integerIn(row, "failures"),
    escalation: integerIn(row, "escalation"),
  };
}

function originIn(row: Row): Origin {
  const text = textIn(row, "origin");
  switch (text) {
    case "detected":
    case "manual":
    case "fleet":
    case "restored":
    case "canary":
      return text;
    default:
      throw new UnreadableColumn(`column origin holds ${text}`);
  }
}
