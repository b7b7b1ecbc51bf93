import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { requireSubject } from "../read-subjects.ts";
import { safe } from "../terminal.ts";
import { formatWhen } from "../when.ts";

export interface HistoryOptions {
  readonly json: boolean;
  readonly audit: boolean;
  readonly jail?: string;
  readonly limit: number;
}

/** Past bans, or with --audit every act: who, when, why. */
export async function history(
  context: CommandContext,
  word: string | undefined,
  options: HistoryOptions,
): Promise<ExitCode> {
  const about = {
    ...(word === undefined ? {} : { subject: requireSubject(word) }),
    ...(options.jail === undefined ? {} : { jail: options.jail }),
    limit: options.limit,
  };
  const { terminal } = context;
  if (options.audit) {
    const entries = await ask(context, "audit", about);
    const rows = entries.map(({ at, action, who, subject: of, jail, detail }) => [
      formatWhen(at),
      action,
      safe(who),
      of ?? "-",
      jail ?? "-",
      safe(detail),
    ]);
    terminal.print(
      options.json
        ? JSON.stringify(entries)
        : formatTable({ headings: ["WHEN", "WHAT", "WHO", "SUBJECT", "JAIL", "DETAIL"], rows }),
    );
    return EXIT.ok;
  }
  const past = await ask(context, "history", about);
  if (past.length === 0 && !options.json) {
    terminal.print("No past bans.");
    return EXIT.ok;
  }
  const rows = past.map((ban) => [
    ban.subject,
    ban.jail,
    formatWhen(ban.from),
    formatWhen(ban.ended),
    ban.why === "expired" ? "expired" : `lifted by ${safe(ban.by)}`,
    safe(ban.reason),
  ]);
  terminal.print(
    options.json
      ? JSON.stringify(past)
      : formatTable({ headings: ["SUBJECT", "JAIL", "FROM", "ENDED", "HOW", "REASON"], rows }),
  );
  return EXIT.ok;
}
