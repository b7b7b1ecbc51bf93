/** Reports what happened in a period: attacks, bans, logins after guesses, missed proofs, changes, bans undone. */
import { hostname } from "node:os";
import { HOUR_MS } from "../../domain/stats.ts";
import { connectDaemon } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readSince } from "../read-since.ts";
import { collectFacts } from "../report/collect-facts.ts";
import { composeReport } from "../report/compose-report.ts";
import { describeReport, titleOf } from "../report/describe-report.ts";
import { findMailChannels, mailReport } from "../report/mail-report.ts";
import { renderHtml } from "../report/render-html.ts";
import { renderText } from "../report/render-text.ts";
import type { ReportFormat } from "./shared-options.ts";

export interface ReportOptions {
  readonly since: string;
  readonly format: ReportFormat;
  /** true: by all channels of mail; a text: by the channel with this name. */
  readonly mail?: true | string;
}

export async function report(
  context: CommandContext,
  { since, format, mail }: ReportOptions,
): Promise<ExitCode> {
  // Before the daemon is asked, because a mistake does not depend on it.
  const channels = mail === undefined ? [] : await findMailChannels(context, mail);
  const now = Date.now();
  // Counts are by hour.
  const from = Math.floor((now - readSince(since)) / HOUR_MS) * HOUR_MS;
  await using client = await connectDaemon(context);
  const facts = await collectFacts(client, { host: hostname(), from, now });
  const reply = composeReport(facts, from, now);
  const { terminal } = context;
  const [title, sections] = [titleOf(reply), describeReport(reply)];
  if (mail !== undefined)
    return mailReport(terminal, channels, { host: hostname(), at: now, title, sections });
  if (format === "json") terminal.print(JSON.stringify(reply));
  else if (format === "html") terminal.print(renderHtml(title, sections).trimEnd());
  else terminal.print(renderText(title, sections, terminal.width));
  return EXIT.ok;
}
