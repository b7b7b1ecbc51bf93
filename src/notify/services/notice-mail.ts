/** Composes the mail of a message: its subject is the first notice. */
import { composeText, describeNotice, titleOf } from "./compose-text.ts";
import type { MailContent } from "./format-mail.ts";
import type { Message } from "./service.ts";

const MAX_LENGTH = 200_000;
const MAX_SUBJECT_LENGTH = 120;

export function noticeMail(message: Message): MailContent {
  const { notices, id, host } = message;
  const at = Math.max(...notices.map((notice) => notice.at));
  const text = composeText(message, { maxLength: MAX_LENGTH });
  return { id, host, at, subject: subjectOf(message), text };
}

function subjectOf(message: Message): string {
  const [first, ...others] = message.notices;
  const text = first === undefined ? "" : describeNotice({ ...first, fix: undefined });
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const subject = `${titleOf(message)}: ${text}`;
  const isLong = subject.length > MAX_SUBJECT_LENGTH;
  return `${isLong ? `${subject.slice(0, MAX_SUBJECT_LENGTH)}…` : subject}${more}`;
}
