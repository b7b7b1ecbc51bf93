/** A reply as SMTP and FTP give it (RFC 5321 section 4.2, RFC 959 section 4.2): three digits, "-" where lines follow. */
import type { LineDialogue } from "./line-dialogue.ts";

export interface Reply {
  /** 0 when there was none. */
  readonly code: number;
  /** All of its lines; of a missing reply, why. */
  readonly text: string;
}

const MOST_LINES = 100;

export async function readReply(dialogue: LineDialogue): Promise<Reply> {
  const lines: string[] = [];
  while (lines.length < MOST_LINES) {
    const line = await dialogue.read();
    if (line === undefined)
      return { code: 0, text: lines.at(-1) ?? "it hung up without an answer" };
    lines.push(line);
    if (/^\d{3}(?: |$)/.test(line))
      return { code: Number(line.slice(0, 3)), text: lines.join("\n") };
  }
  return { code: 0, text: "it answers without end" };
}
