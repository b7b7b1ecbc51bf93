/** SMTP (RFC 5321 and 6409): a mail to a mail server, which delivers it. */
import { connectionOf } from "../../config/channels/smtp-keys.ts";
import type { ChannelSettings } from "../../config/channels/channel-kinds.ts";
import { formatMail, type MailContent } from "./format-mail.ts";
import { noticeMail } from "./notice-mail.ts";
import type { Service, ServiceMail } from "./service.ts";

export const SMTP: Service<"smtp"> = {
  request: (message, { settings, secret }) => smtpRequest(noticeMail(message), settings, secret),
};

export function smtpRequest(
  content: MailContent,
  settings: ChannelSettings["smtp"],
  password: string,
): ServiceMail {
  const { host, user, from, to, ca_file: caFile } = settings;
  const login = user === undefined ? undefined : { user, password };
  const mail = formatMail(content, { from, to });
  return { ...connectionOf(settings), host, login, caFile, from, to, mail };
}
