/**
 * Formats a message as a mail (RFC 5322) in plain ASCII: the text is quoted-printable (RFC 2045, section 6.7), and a
 * subject with other characters is in encoded words (RFC 2047). Lines end with a line feed, as programs read them.
 */
import { composeText, describeNotice, titleOf } from "./compose-text.ts";
import type { Message } from "./service.ts";

export interface MailAddresses {
  readonly from: string | undefined;
  readonly to: readonly string[];
}

const MAX_LENGTH = 200_000;
const MAX_SUBJECT_LENGTH = 120;
/** Longest line of quoted-printable, without the `=` that breaks it. */
const MAX_LINE_LENGTH = 75;
/** Bytes in an encoded word, which has at most 75 characters. */
const MAX_WORD_BYTES = 42;

export function formatMail(message: Message, { from, to }: MailAddresses): string {
  const { notices, id, host } = message;
  const at = Math.max(...notices.map((notice) => notice.at));
  const headers = [
    ...(from === undefined ? [] : [`From: ${from}`]),
    `To: ${to.join(",\n ")}`,
    `Subject: ${encodeHeader(subjectOf(message))}`,
    `Date: ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}@${host}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
  ];
  const text = composeText(message, { maxLength: MAX_LENGTH });
  return `${headers.join("\n")}\n\n${text.split("\n").map(encodeLine).join("\n")}\n`;
}

function subjectOf(message: Message): string {
  const [first, ...others] = message.notices;
  const text = first === undefined ? "" : describeNotice({ ...first, fix: undefined });
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const subject = `${titleOf(message)}: ${text}`;
  const isLong = subject.length > MAX_SUBJECT_LENGTH;
  return `${isLong ? `${subject.slice(0, MAX_SUBJECT_LENGTH)}…` : subject}${more}`;
}

function encodeHeader(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (Buffer.byteLength(word + character) > MAX_WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word]
    .map((one) => `=?UTF-8?B?${Buffer.from(one).toString("base64")}?=`)
    .join("\n ");
}

/** Encodes a line, in several lines if it is long. */
function encodeLine(line: string): string {
  let encoded = "";
  let length = 0;
  const bytes = Buffer.from(line);
  for (const [i, byte] of bytes.entries()) {
    const isBlank = byte === 0x20 && i < bytes.length - 1;
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x3d;
    // A dot or "From " at the begin of a line would be changed on the way.
    const isSafe = isPlain && !(length === 0 && (byte === 0x2e || byte === 0x46));
    const part =
      isBlank || isSafe
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (length + part.length > MAX_LINE_LENGTH) {
      encoded += "=\n";
      length = 0;
    }
    encoded += part;
    length += part.length;
  }
  return encoded;
}
