/** Attempts a failed IMAP login: LOGIN (RFC 9051 section 6.2.3), over STARTTLS if the server requires it. */
import type { Dial, DialOutcome } from "./dial.ts";
import { type LineDialogue, openDialogue } from "./line-dialogue.ts";

export async function dialImap(dial: Dial): Promise<DialOutcome> {
  const dialogue = await openDialogue(dial);
  try {
    const greeting = (await dialogue.read()) ?? "it closed the connection without a greeting";
    if (!greeting.startsWith("* OK")) return { kind: "unreachable", answer: greeting };
    let able = await ask(dialogue, "a1", "CAPABILITY");
    if (/\bLOGINDISABLED\b/i.test(able.all) && /\bSTARTTLS\b/i.test(able.all)) {
      const ready = await ask(dialogue, "a2", "STARTTLS");
      if (ready.status !== "OK") return { kind: "not-asked", answer: ready.answer };
      await dialogue.startTls();
      able = await ask(dialogue, "a3", "CAPABILITY");
    }
    if (/\bLOGINDISABLED\b/i.test(able.all))
      return {
        kind: "not-asked",
        answer: `port ${dial.port} does not accept logins (LOGINDISABLED)`,
      };
    const { status, answer } = await ask(dialogue, "a4", `LOGIN ${dial.user} "no password"`);
    if (status === "OK") return { kind: "let-in", answer };
    return { kind: status === "NO" ? "refused" : "unreachable", answer };
  } finally {
    dialogue.close();
  }
}

interface Answer {
  /** Status of the answer: OK, NO or BAD; "" without an answer. */
  readonly status: string;
  /** The final line of the answer. */
  readonly answer: string;
  readonly all: string;
}

const MAX_LINES = 100;

async function ask(dialogue: LineDialogue, tag: string, command: string): Promise<Answer> {
  dialogue.send(`${tag} ${command}`);
  const lines: string[] = [];
  while (lines.length < MAX_LINES) {
    const line = await dialogue.read();
    if (line === undefined) break;
    lines.push(line);
    if (!line.startsWith(`${tag} `)) continue;
    const status = line.split(" ")[1]?.toUpperCase() ?? "";
    return { status, answer: line.slice(tag.length + 1), all: lines.join("\n") };
  }
  return {
    status: "",
    answer: "it closed the connection without an answer",
    all: lines.join("\n"),
  };
}
