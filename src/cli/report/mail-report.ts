/**
 * Sends a report by the channels of mail: the text, and the page with charts as a file, because mail programs remove the
 * style sheets and drawings of a page that they show.
 */
import { createHash } from "node:crypto";
import { CodedError } from "../../domain/errors.ts";
import { formatProblem } from "../../domain/problem.ts";
import { loadAll } from "../../jails/load-all.ts";
import { isMailChannel, type MailChannel, sendMailBy } from "../../notify/send-message.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe, type Terminal } from "../terminal.ts";
import type { Section } from "./document.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";

export interface MailedReport {
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly title: string;
  readonly sections: readonly Section[];
}

/** Columns of the text. */
const WIDTH = 78;

/** Returns the channel with this name, or all channels of mail. Throws without one. */
export async function findMailChannels(
  context: CommandContext,
  name: true | string,
): Promise<readonly MailChannel[]> {
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok) throw new CodedError("bad-config", loaded.error.map(formatProblem).join("\n"));
  const all = loaded.value.config.notify.filter(isMailChannel);
  const named = name === true ? all : all.filter((channel) => channel.name === name);
  if (named.length > 0) return named;
  if (all.length > 0)
    throw new CodedError("usage", `no channel of mail is named "${String(name)}"`, {
      hint: `channels of mail: ${all.map((channel) => channel.name).join(", ")}`,
    });
  throw new CodedError("bad-config", "no channel of mail is configured", {
    hint: 'add [notify.sendmail] with to = ["admin@example.org"]; or [notify.smtp] with host, user, password_file, from and to',
  });
}

/**
 * Sends the report by each channel. Exit code 69: nobody got it, and it may be sent later; 1: some got it, or every
 * channel refused it permanently, so that another try would send it twice, or fail again.
 */
export async function mailReport(
  terminal: Terminal,
  channels: readonly MailChannel[],
  { host, at, title, sections }: MailedReport,
): Promise<ExitCode> {
  const text = renderText(title, sections, WIDTH);
  const page = { name: `bailiff-report-${host}.html`, html: renderHtml(title, sections) };
  const id = createHash("sha256").update(`${host} ${at} ${text}`).digest("hex").slice(0, 32);
  const subject = `Report: ${title}`;
  const ends = await Promise.all(
    channels.map(async (channel) => {
      const delivery = await sendMailBy(channel, { id, host, at, subject, text, page });
      const head = `${channel.name} (${channel.kind}, ${safe(delivery.to)})`;
      if (delivery.kind === "failed") {
        terminal.complain(`${head}: not sent: ${safe(delivery.reason)}`);
        return delivery.retryable ? "later" : "refused";
      }
      const { refused } = delivery;
      if (refused !== undefined)
        terminal.complain(`${head}: recipients were refused: ${safe(refused)}`);
      terminal.print(`${head}: sent to ${channel.settings.to.map(safe).join(", ")}`);
      return refused === undefined ? "sent" : "partly sent";
    }),
  );
  if (ends.every((end) => end === "sent")) return EXIT.ok;
  const isUnsent = ends.every((end) => end === "later" || end === "refused");
  return isUnsent && ends.includes("later") ? EXIT.unavailable : EXIT.no;
}
