/** Puts recorded bans into the firewall once, and says how many. */
import { type RestoredBans, restoreBans } from "../../daemon/service/restore-bans.ts";
import { amount } from "../../domain/amount.ts";
import { formatProblem } from "../../domain/problem.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { createPrinter } from "../print-event.ts";

/** Exit code 1: bans are not in force; 78: the configuration is invalid; bans were restored anyway. */
export async function restore({ terminal, config: path }: CommandContext): Promise<ExitCode> {
  const files = { path, env: process.env, uid: process.getuid?.() ?? 0 };
  const emit = createPrinter({ format: "auto", verbose: false });
  const restored = await restoreBans(files, emit);
  const { trouble, problems } = restored;
  for (const problem of problems) terminal.complain(formatProblem(problem));
  if (trouble !== undefined) {
    terminal.complain(`bailiff: bans may not be in force: ${trouble}`);
    return EXIT.no;
  }
  terminal.show(describeRestored(restored));
  return problems.length === 0 ? EXIT.ok : EXIT.config;
}

function describeRestored({ names, bans, pending, lists }: RestoredBans): string {
  if (bans + pending + lists.length === 0) return "No ban is recorded.";
  const listed = lists.length === 0 ? "" : ` and block list ${lists.join(", ")}`;
  if (names.length === 0)
    return `No recorded enforcer needs bans restored; the daemon takes care of ${amount(pending, "ban")}${listed} when it starts.`;
  const others = pending === 0 ? "" : `; ${amount(pending, "other")} left to the daemon`;
  return `${amount(bans, "ban")}${listed} in force through ${names.join(", ")}${others}.`;
}
