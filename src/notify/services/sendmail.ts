/** Sendmail: the program of a mail server, which takes recipients as arguments; -i ends the mail at its end only. */
import type { ChannelSettings } from "../../config/channels/channel-kinds.ts";
import { formatMail, type MailContent } from "./format-mail.ts";
import { noticeMail } from "./notice-mail.ts";
import type { Service, ServiceCommand } from "./service.ts";

export const SENDMAIL: Service<"sendmail"> = {
  request: (message, { settings }) => sendmailRequest(noticeMail(message), settings),
};

export function sendmailRequest(
  content: MailContent,
  { program, to, from }: ChannelSettings["sendmail"],
): ServiceCommand {
  const sender = from === undefined ? [] : ["-f", from];
  return { argv: [program, "-i", ...sender, ...to], input: formatMail(content, { from, to }) };
}
