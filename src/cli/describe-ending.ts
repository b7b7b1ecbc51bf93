/** Describes how a past ban ended, in the same words everywhere. */
import type { PastBanReply } from "../control/ban-messages.ts";
import { sentence } from "./format-time.ts";

/** Returns, for example, "expired" or "lifted by root (uid 0): a slip". */
export function describeEnding({
  why,
  by,
  note,
  counts,
}: Pick<PastBanReply, "why" | "by" | "note" | "counts">): string {
  if (why === "expired") return "expired";
  const reason = note === "" || note === BY_HAND ? "" : `: ${sentence(note)}`;
  return `lifted by ${sentence(by)}${reason}${counts ? "; kept in history, lengthens later bans" : ""}`;
}

/** Reason in the record if none was given. */
const BY_HAND = "lifted by hand";
