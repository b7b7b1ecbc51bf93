/**
 * Attempts a failed login to a mail server: AUTH PLAIN or LOGIN (RFC 4954), over STARTTLS if the server requires it.
 */
import type { Dial, DialOutcome } from "./dial.ts";
import { type LineDialogue, openDialogue } from "./line-dialogue.ts";
import { readReply, type Reply } from "./reply-code.ts";

export async function dialSmtp(dial: Dial): Promise<DialOutcome> {
  const dialogue = await openDialogue(dial);
  try {
    const greeting = await readReply(dialogue);
    if (greeting.code !== 220) return { kind: "unreachable", answer: greeting.text };
    let offered = await ask(dialogue, HELLO);
    if (!offersLogin(offered) && /^\d{3}[ -]STARTTLS\b/im.test(offered.text)) {
      const ready = await ask(dialogue, "STARTTLS");
      if (ready.code !== 220) return { kind: "not-asked", answer: ready.text };
      await dialogue.startTls();
      offered = await ask(dialogue, HELLO);
    }
    if (offered.code !== 250) return { kind: "unreachable", answer: offered.text };
    if (!offersLogin(offered))
      return {
        kind: "not-asked",
        answer: `port ${dial.port} offers no login (no AUTH after EHLO)`,
      };
    return judge(await logIn(dialogue, dial.user, /[ =]PLAIN\b/i.test(offered.text)));
  } finally {
    dialogue.close();
  }
}

const HELLO = "EHLO bailiff-canary.invalid";

function offersLogin({ text }: Reply): boolean {
  return /^\d{3}[ -]AUTH\b.*\b(?:PLAIN|LOGIN)\b/im.test(text);
}

function logIn(dialogue: LineDialogue, user: string, plain: boolean): Promise<Reply> {
  const password = "no password";
  if (plain) {
    const response = Buffer.from(`\0${user}\0${password}`).toString("base64");
    return ask(dialogue, `AUTH PLAIN ${response}`);
  }
  return ["AUTH LOGIN", base64(user), base64(password)].reduce<Promise<Reply>>(
    async (before, line) => {
      const reply = await before;
      // Reply 334 asks for the next line.
      return reply.code === 334 ? ask(dialogue, line) : reply;
    },
    Promise.resolve({ code: 334, text: "" }),
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function judge({ code, text }: Reply): DialOutcome {
  if (code === 235) return { kind: "let-in", answer: text };
  // Reply 535: wrong credentials. 454: temporary failure, which servers log as a failed login too.
  if (code >= 400) return { kind: "refused", answer: text };
  return { kind: "unreachable", answer: text };
}

async function ask(dialogue: LineDialogue, line: string): Promise<Reply> {
  dialogue.send(line);
  return readReply(dialogue);
}
