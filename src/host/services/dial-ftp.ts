/** Attempts a failed FTP login: USER, PASS (RFC 959), over AUTH TLS (RFC 4217) if the server requires it. */
import type { Dial, DialOutcome } from "./dial.ts";
import { type LineDialogue, openDialogue } from "./line-dialogue.ts";
import { readReply, type Reply } from "./reply-code.ts";

export async function dialFtp(dial: Dial): Promise<DialOutcome> {
  const dialogue = await openDialogue(dial);
  try {
    const greeting = await readReply(dialogue);
    if (greeting.code !== 220) return { kind: "unreachable", answer: greeting.text };
    let named = await ask(dialogue, `USER ${dial.user}`);
    if (named.code >= 400 && /tls|ssl|encrypt|secure/i.test(named.text)) {
      const ready = await ask(dialogue, "AUTH TLS");
      if (ready.code !== 234) return { kind: "not-asked", answer: ready.text };
      await dialogue.startTls();
      named = await ask(dialogue, `USER ${dial.user}`);
    }
    const reply = named.code === 331 ? await ask(dialogue, "PASS no password") : named;
    if (reply.code === 230) return { kind: "let-in", answer: reply.text };
    return { kind: reply.code >= 400 ? "refused" : "unreachable", answer: reply.text };
  } finally {
    dialogue.close();
  }
}

async function ask(dialogue: LineDialogue, line: string): Promise<Reply> {
  dialogue.send(line);
  return readReply(dialogue);
}
