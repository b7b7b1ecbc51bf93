/** For tests: reads a mail as a mail program does. */

export interface ReadMail {
  readonly headers: readonly string[];
  readonly text: string;
}

/** Decodes a mail of one text. Throws unless it has short lines of plain ASCII. */
export function readMail(mail: string): ReadMail {
  const end = mail.indexOf("\n\n");
  const lines = mail.slice(end + 2);
  if (lines.split("\n").some((line) => line.length > 76)) throw new Error("a line is too long");
  if (!/^[\x0a\x20-\x7e]*$/.test(mail)) throw new Error("it is not plain ASCII");
  const bytes = lines
    .replaceAll("=\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
  return {
    headers: mail.slice(0, end).replaceAll("\n ", " ").split("\n"),
    text: Buffer.from(bytes, "latin1").toString(),
  };
}
