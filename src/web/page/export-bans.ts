/** Saves the bans that a search matches as a CSV file, which the browser downloads. */
import type { BanReply, FoundBansReply } from "../../control/ban-messages.ts";
import { formatBansCsv } from "../../control/bans-csv.ts";
import type { Done } from "./actions.ts";
import { ask } from "./api.ts";
import { amountOf } from "./format.ts";

/** As the server answers at most. */
const EXPORT_LENGTH = 500;
/** As the daemon answers. */
const MAX_OFFSET = 20_000;

/** `values`: the search of the list. The order is that of the list as well. */
export async function exportBans(values: Readonly<Record<string, string>>): Promise<Done> {
  // A ban that begins between two requests moves others to the next page, where they come again.
  const bans = new Map<string, BanReply>();
  let found = 0;
  let offset = 0;
  do {
    const query = { ...values, offset: String(offset), limit: String(EXPORT_LENGTH) };
    const reply = await ask<FoundBansReply>(`/api/bans?${new URLSearchParams(query).toString()}`);
    for (const ban of reply.bans) bans.set(`${ban.subject} ${ban.jail}`, ban);
    found = reply.found;
    offset += EXPORT_LENGTH;
  } while (offset < found && offset <= MAX_OFFSET);
  save("bans.csv", `${formatBansCsv([...bans.values()]).join("\r\n")}\r\n`);
  const left = found - bans.size;
  const rest = left > 0 ? `; for ${amountOf(left, "more ban")}: bailiff bans --format csv` : "";
  return { text: `Exported ${amountOf(bans.size, "ban")}${rest}`, undo: undefined };
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
