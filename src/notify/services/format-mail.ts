/**
 * Formats a mail (RFC 5322) in plain ASCII: texts are quoted-printable (RFC 2045, section 6.7), an attachment is in
 * base64, and a subject with other characters is in encoded words (RFC 2047), so that no text can begin a header.
 * Lines end with a line feed, as programs read them.
 */

export interface MailContent {
  /** Identifies the mail at this host: the same for each try to send it. */
  readonly id: string;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly subject: string;
  readonly text: string;
  /** A page of HTML, which is attached as a file. */
  readonly page?: { readonly name: string; readonly html: string };
}

export interface MailAddresses {
  readonly from: string | undefined;
  readonly to: readonly string[];
}

/** Longest line of quoted-printable, without the `=` that breaks it. */
const MAX_LINE_LENGTH = 75;
/** Bytes in an encoded word, which has at most 75 characters. */
const MAX_WORD_BYTES = 42;
const BASE64_LINE = /.{1,76}/g;

export function formatMail(content: MailContent, { from, to }: MailAddresses): string {
  const { id, host, at, subject, text, page } = content;
  const headers = [
    ...(from === undefined ? [] : [`From: ${from}`]),
    `To: ${to.join(",\n ")}`,
    `Subject: ${encodeHeader(subject)}`,
    `Date: ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}@${host.replaceAll(/[^A-Za-z0-9.-]/g, "-")}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
  ];
  const body = [
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    ...text.split("\n").map(encodeLine),
  ];
  const whole = page === undefined ? body : attach(body, page, `bailiff=_${id}`);
  return `${[...headers, ...whole].join("\n")}\n`;
}

/** "=_" of the boundary is in no line of quoted-printable or base64. */
function attach(
  body: readonly string[],
  { name, html }: NonNullable<MailContent["page"]>,
  boundary: string,
): readonly string[] {
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    ...body,
    `--${boundary}`,
    "Content-Type: text/html; charset=utf-8",
    `Content-Disposition: attachment; filename="${name.replaceAll(/[^A-Za-z0-9.-]/g, "-")}"`,
    "Content-Transfer-Encoding: base64",
    "",
    ...(Buffer.from(html).toString("base64").match(BASE64_LINE) ?? []),
    `--${boundary}--`,
  ];
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
