import type { PastBanReply } from "../../control/ban-messages.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import type { AuditReply } from "../../control/messages.ts";
import { ask, connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { describeEnding } from "../describe-ending.ts";
import { formatTable } from "../table.ts";
import { requireSubject } from "../read-subjects.ts";
import { safe, type Terminal, widthOf } from "../terminal.ts";
import { formatUntil, formatWhen, sentence } from "../format-time.ts";

export interface HistoryOptions {
  readonly json: boolean;
  readonly audit: boolean;
  readonly jail?: string;
  readonly limit: number;
}

/** How many entries beyond the limit are counted, and the largest limit of a request. */
const MAX_COUNTED = 1000;
const MAX_LIMIT = 1_000_000;

/** Shows past bans, or with --audit every change: who, when, why. */
export async function history(
  context: CommandContext,
  word: string | undefined,
  options: HistoryOptions,
): Promise<ExitCode> {
  const subject = word === undefined ? undefined : requireSubject(word);
  const limit = Math.min(options.limit + MAX_COUNTED, MAX_LIMIT);
  const about = { subject, jail: options.jail, limit };
  const { terminal } = context;
  if (options.audit) {
    const entries = await ask(context, "audit", about);
    if (options.json) printJson(entries, options.limit, terminal);
    else terminal.show(describeAudit(entries, options.limit, terminal));
    return EXIT.ok;
  }
  await using client = await connectDaemon(context);
  const past = await client.request("history", about);
  if (options.json) {
    printJson(past, options.limit, terminal);
    return EXIT.ok;
  }
  const of = [word, options.jail].flatMap((one, i) =>
    one === undefined ? [] : i === 0 ? ` of ${one}` : ` in ${one}`,
  );
  terminal.show(
    past.length === 0
      ? `No past bans${of.join("")} are recorded.`
      : describePast(past, options.limit, terminal),
  );
  const current =
    subject === undefined ? [] : (await client.request("why", { subject })).bans.filter(isMeant);
  for (const ban of current)
    terminal.show(
      `\n${ban.subject} is banned now ${ban.jail === MANUAL ? "by hand" : `by ${ban.jail}`}, ${formatUntil(ban.until)}\n  bailiff why ${subject}`,
    );
  return EXIT.ok;

  function isMeant({ jail }: { readonly jail: string }): boolean {
    return options.jail === undefined || options.jail === jail;
  }
}

/** Returns the screen of changes, at most `limit` of them. */
export function describeAudit(
  entries: readonly AuditReply[],
  limit: number,
  terminal: Terminal,
): string {
  const rows = entries
    .slice(0, limit)
    .map(({ at, action, who, subject, jail, detail }) => [
      formatWhen(at),
      action,
      safe(who),
      subject ?? "-",
      jail ?? "-",
      sentence(detail),
    ]);
  const headings = ["WHEN", "WHAT", "WHO", "SUBJECT", "JAIL", "DETAIL"];
  return `${formatTable({ headings, rows, width: widthOf(terminal) })}${describeCut(entries, limit)}`;
}

/** Prints at most `limit` entries; each says how many further ones there are, and so does standard error. */
export function printJson(entries: readonly object[], limit: number, terminal: Terminal): void {
  const not_listed = Math.max(0, entries.length - limit);
  const listed = entries.slice(0, limit).map((entry) => ({ ...entry, not_listed }));
  terminal.print(JSON.stringify(listed));
  const cut = describeCut(entries, limit);
  if (cut !== "") terminal.complain(cut.trim());
}

/** Returns the screen of past bans, at most `limit` of them. */
export function describePast(
  past: readonly PastBanReply[],
  limit: number,
  terminal: Terminal,
): string {
  const rows = past
    .slice(0, limit)
    .map((ban) => [
      ban.subject,
      ban.jail,
      formatWhen(ban.from),
      formatWhen(ban.ended),
      describeEnding(ban),
      sentence(ban.reason),
    ]);
  const headings = ["SUBJECT", "JAIL", "FROM", "ENDED", "HOW", "REASON"];
  return `${formatTable({ headings, rows, width: widthOf(terminal) })}${describeCut(past, limit)}`;
}

function describeCut(entries: readonly unknown[], limit: number): string {
  return entries.length <= limit ? "" : `\nThe newest ${limit} are listed: --limit lists more.`;
}
