/** Formats bans as CSV, for spreadsheets and other programs. */
import { quoteCsv } from "../domain/quote-csv.ts";
import type { BanReply } from "./ban-messages.ts";

const COLUMNS = [
  ...["subject", "jail", "from", "until", "state", "ports", "packets", "origin", "reason"],
] as Exclude<keyof BanReply, "missing_in">[];

/** Returns the rows, the first with the names of the columns. */
export function formatBansCsv(bans: readonly BanReply[]): readonly string[] {
  const rows = bans.map((ban) => COLUMNS.map((column) => quoteCsv(ban[column])).join(","));
  return [COLUMNS.join(","), ...rows];
}
