/** Removes everything of bailiff from the firewalls of this host, and says from which. */
import { clearFirewall, forgetFirewall } from "../../daemon/service/clear-firewall.ts";
import { formatProblem } from "../../domain/problem.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { createPrinter } from "../print-event.ts";
import { safe } from "../terminal.ts";

/** Exit code 1: an enforcer may still hold bans; 78: the configuration is invalid, and its defaults were used. */
export async function clear(
  { terminal, config: path }: CommandContext,
  { forget }: { readonly forget?: string },
): Promise<ExitCode> {
  const files = { path, env: process.env, uid: process.getuid?.() ?? 0 };
  const emit = createPrinter({ format: "auto", verbose: false });
  if (forget !== undefined) {
    const reasons = await forgetFirewall(files, emit, forget);
    terminal.show(
      reasons.length === 0
        ? `Nothing of bailiff is left in ${forget}.`
        : `${forget} is forgotten. It was not cleared (${safe(reasons.join("; "))}): if it still exists, remove bailiff's bans there.`,
    );
    return EXIT.ok;
  }
  const { cleared, failed, problems } = await clearFirewall(files, emit);
  for (const problem of problems) terminal.complain(formatProblem(problem));
  for (const { name, reason } of failed)
    terminal.complain(
      `bailiff: ${name} may still hold bans: ${reason}; if it no longer exists: bailiff clear-firewall --forget ${name}`,
    );
  if (cleared.length > 0) terminal.show(`Nothing of bailiff is left in ${cleared.join(", ")}.`);
  if (failed.length > 0 || cleared.length === 0) return EXIT.no;
  return problems.length === 0 ? EXIT.ok : EXIT.config;
}
