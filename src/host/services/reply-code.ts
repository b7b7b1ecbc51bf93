/** Reads a reply of SMTP or FTP (RFC 5321 section 4.2, RFC 959 section 4.2): three digits, "-" if more lines follow. */
import type { LineDialogue } from "./line-dialogue.ts";

export interface Reply {
  /** The reply's code; 0 without a reply. */
  readonly code: number;
  /** All lines of the reply; without a reply, the reason. */
  readonly text: string;
}

const MAX_LINES = 100;

export async function readReply(dialogue: LineDialogue): Promise<Reply> {
  const lines: string[] = [];
  while (lines.length < MAX_LINES) {
    const line = await dialogue.read();
    if (line === undefined)
      return { code: 0, text: lines.at(-1) ?? "it closed the connection without an answer" };
    lines.push(line);
    if (/^\d{3}(?: |$)/.test(line))
      return { code: Number(line.slice(0, 3)), text: lines.join("\n") };
  }
  return { code: 0, text: "its reply does not end" };
}
