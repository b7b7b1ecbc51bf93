/** Finds bans that a stopped daemon left in the kernel, with the command that removes them. */
import { TABLE_NAME } from "../domain/enforcer.ts";
import { findProgram } from "../host/process/find-program.ts";
import { runProgram } from "../host/process/run-program.ts";

/** undefined: there are none, or this user may not see them. */
export async function explainRemainingBans(): Promise<string | undefined> {
  const nft = findProgram("nft");
  if (nft === undefined) return undefined;
  const tables = await runProgram({
    argv: [nft, "list", "tables", "inet"],
    input: "",
    timeoutMilliseconds: 5000,
  });
  const isThere = tables.output.split("\n").includes(`table inet ${TABLE_NAME}`);
  return isThere
    ? `bans are still in the kernel, and end by themselves; to remove all of them now: nft delete table inet ${TABLE_NAME}`
    : undefined;
}
