/** Counts the bans in the firewall when no daemon answers, and names the command that removes them. */
import { amount } from "../domain/amount.ts";
import { TABLE_NAME } from "../domain/enforcer.ts";
import { findProgram } from "../host/process/find-program.ts";
import { runProgram } from "../host/process/run-program.ts";

/** Describes remaining bans; undefined: none, or this user may not see them. */
export async function explainRemainingBans(): Promise<string | undefined> {
  const nft = findProgram("nft");
  if (nft === undefined) return undefined;
  const table = await runProgram({
    argv: [nft, "list", "table", "inet", TABLE_NAME],
    input: "",
    timeoutMilliseconds: 5000,
  });
  const count = countBans(table.output);
  if (count === 0) return undefined;
  const bans = `${amount(count, "ban")} ${count === 1 ? "is" : "are"} still in the firewall`;
  return `${bans}: temporary bans expire, permanent ones stay; if no daemon runs, remove all: bailiff clear-firewall`;
}

/** Elements of the sets of bans, which are named after family and prefix, such as v4_32. Elements contain no braces. */
const BANS = /\bset v[46]_\w+ \{[^}]*?elements = \{([^}]*)/g;

/** Counts the bans in the output of `nft list table`. */
export function countBans(listing: string): number {
  let count = 0;
  for (const [, elements = ""] of listing.matchAll(BANS)) count += elements.split(",").length;
  return count;
}
