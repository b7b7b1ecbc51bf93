/** Sendmail: the program of a mail server, which takes recipients as arguments; -i ends the mail at its end only. */
import { formatMail } from "./format-mail.ts";
import type { Service } from "./service.ts";

export const SENDMAIL: Service<"sendmail"> = {
  request(message, { settings: { program, to, from } }) {
    const sender = from === undefined ? [] : ["-f", from];
    return { argv: [program, "-i", ...sender, ...to], input: formatMail(message, { from, to }) };
  },
};
