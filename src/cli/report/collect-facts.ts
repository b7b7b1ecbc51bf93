/** Asks the daemon for everything that a report needs. */
import type { ControlClient } from "../../control/client.ts";
import { HOUR_MS } from "../../domain/stats.ts";
import { MAX_ENTRIES, type ReportFacts } from "./compose-report.ts";

/** Length of the lists of addresses, accounts and networks. */
const TOP = 10;

/** `from`: a whole hour, in milliseconds since 1970. */
export async function collectFacts(
  { request }: Pick<ControlClient, "request">,
  { host, from, now }: { readonly host: string; readonly from: number; readonly now: number },
): Promise<ReportFacts> {
  const period = { from, to: now };
  const entries = { since: from, by_hand: true, limit: MAX_ENTRIES };
  const step = Math.ceil((now - from) / HOUR_MS);
  return {
    host,
    hourly: await request("stats", { ...period, step: 1, top: TOP }),
    byJail: await request("stats", { ...period, step, by: "jail", top: 0 }),
    status: await request("status", {}),
    campaigns: await request("campaigns", {}),
    quality: await request("quality", {}),
    breakers: await request("breakers", {}),
    changes: await request("audit", entries),
    lifted: await request("history", entries),
  };
}
