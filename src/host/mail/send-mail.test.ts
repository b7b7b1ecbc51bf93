/** What the replies of a mail server mean for a mail. The server follows a script; a real one is in test/e2e/mail.e2e.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import test from "node:test";
import type { MailOrder } from "./mail-order.ts";
import { sendMail } from "./send-mail.ts";
import { type Submission, submitMail } from "./submit-mail.ts";

const PASSWORD = "c0rrect h0rse";
const LIMIT_MS = 60_000;

interface Script {
  readonly greeting?: string;
  /** Replies of EHLO, beside its first line. */
  readonly offers?: readonly string[];
  /** Replies by the begin of a command; else 250, 354 or 235. */
  readonly replies?: Readonly<Record<string, string>>;
}

interface Session<End> {
  readonly end: End;
  readonly heard: readonly string[];
}

/** Submits one mail, in this process, to a server that follows the script. */
function submitTo(script: Script, more: Partial<MailOrder> = {}): Promise<Session<Submission>> {
  return sendTo(script, submitMail, more);
}

async function sendTo<End>(
  { greeting = "220 mail", offers = [], replies = {} }: Script,
  send: (order: MailOrder) => Promise<End>,
  more: Partial<MailOrder> = {},
): Promise<Session<End>> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    let isData = false;
    const answer = (line: string): string => {
      if (isData && line !== ".") return "";
      if (isData) isData = false;
      const own = Object.keys(replies).find((begin) => line.startsWith(begin));
      if (own !== undefined) return replies[own] ?? "";
      if (line.startsWith("EHLO")) return ["mail", ...offers].map(toReply).join("\r\n");
      if (line === "STARTTLS") return "502 not here";
      if (line !== "DATA") return line.startsWith("AUTH") ? "235 welcome" : "250 fine";
      isData = true;
      return "354 go ahead";
    };
    socket.on("error", () => undefined).write(`${greeting}\r\n`);
    const lines = createInterface(socket).on("error", () => undefined);
    lines.on("line", (line) => {
      heard.push(line);
      const reply = answer(line);
      if (reply !== "") socket.write(`${reply}\r\n`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const end = await send({
    ...{ host: "127.0.0.1", port: typeof address === "object" ? (address?.port ?? 0) : 0 },
    ...{ security: "none", user: undefined, password: undefined, ca: undefined },
    ...{ from: "bailiff@example.org", to: ["admin@example.org"] },
    ...{ mail: "Subject: x\n\n.\nRCPT TO:<victim@example.org>\n", milliseconds: LIMIT_MS },
    ...more,
  });
  server.close();
  return { end, heard };
}

function toReply(text: string, index: number, all: readonly string[]): string {
  return `250${index === all.length - 1 ? " " : "-"}${text}`;
}

const LOGIN = { user: "bailiff", password: PASSWORD };

test("a mail is accepted; a line with a dot does not end it", async () => {
  const { end, heard } = await submitTo({});
  assert.deepEqual(end, { answer: "250 fine", refused: [] });
  const data = heard.slice(heard.indexOf("DATA") + 1);
  assert.deepEqual(data.slice(0, 5), ["Subject: x", "", "..", "RCPT TO:<victim@example.org>", "."]);
});

test("a refusal has the code of the reply", async () => {
  for (const [script, error, code] of [
    [{ greeting: "421 too busy" }, "it answered: 421 too busy", 421],
    [{ greeting: "554 go away" }, "it answered: 554 go away", 554],
    [{ replies: { "MAIL FROM": "550 not you" } }, "it answered to MAIL FROM: 550 not you", 550],
    [{ replies: { "RCPT TO": "450 greylisted" } }, "it answered to RCPT TO: 450 greylisted", 450],
    [{ replies: { "RCPT TO": "550 nobody" } }, "it answered to RCPT TO: 550 nobody", 550],
    [{ replies: { ".": "452 disk full" } }, "it answered to DATA: 452 disk full", 452],
    [{ replies: { ".": "554 spam" } }, "it answered to DATA: 554 spam", 554],
  ] as const)
    assert.deepEqual((await submitTo(script)).end, { error, code });
});

test("recipients who are refused are named, and the others get the mail", async () => {
  const replies = { "RCPT TO:<gone@example.org>": "550 5.1.1 no such user" };
  const { end } = await submitTo({ replies }, { to: ["gone@example.org", "admin@example.org"] });
  const refused = ["gone@example.org: 550 5.1.1 no such user"];
  assert.deepEqual(end, { answer: "250 fine", refused });
});

test("of several refused recipients, one that may be accepted later decides", async () => {
  const replies = { "RCPT TO:<gone": "550 no such user", "RCPT TO:<later": "451 later" };
  const to = ["later@example.org", "gone@example.org"];
  const { end } = await submitTo({ replies }, { to });
  assert.deepEqual(end, { error: "it answered to RCPT TO: 451 later", code: 451 });
});

test("nothing is sent before the connection is encrypted, nor without the login", async () => {
  const bare = await submitTo({ offers: ["AUTH PLAIN"] }, { ...LOGIN, security: "starttls" });
  assert.deepEqual(bare.end, { error: "it answered to STARTTLS: 502 not here", code: 0 });
  assert.ok(!/AUTH|MAIL/.test(bare.heard.join()), bare.heard.join());
  const noLogin = await submitTo({ replies: { AUTH: "503 no login here" } }, LOGIN);
  assert.ok("code" in noLogin.end && noLogin.end.code === 503);
  assert.doesNotMatch(noLogin.heard.join(), /MAIL/);
  const noTls = await submitTo({}, { security: "tls" });
  assert.deepEqual(noTls.end, { error: "wrong version number", code: 0 });
});

test("no password is in a result, and a refused login is final", async () => {
  const coded = Buffer.from(`\0bailiff\0${PASSWORD}`).toString("base64");
  const replies = { AUTH: `535 ${PASSWORD} ${coded} is wrong` };
  const { end, heard } = await sendTo({ offers: ["AUTH PLAIN"], replies }, sendMail, LOGIN);
  assert.ok(heard.includes(`AUTH PLAIN ${coded}`), heard.join());
  const reason = "it answered to AUTH PLAIN: 535 … … is wrong";
  assert.deepEqual(end, { kind: "failed", reason, retryable: false });
});

test("a server that is away, unknown or silent is tried again", async () => {
  const gone = createServer();
  await once(gone.listen(0, "127.0.0.1"), "listening");
  const address = gone.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  gone.close();
  await once(gone, "close");
  const { end } = await sendTo({}, sendMail, { port });
  assert.deepEqual(end, { kind: "failed", reason: "connection refused", retryable: true });
  const silent = await submitTo({ replies: { EHLO: "" } }, { milliseconds: 100 });
  assert.deepEqual(silent.end, { error: "took longer than 0.1 s and was stopped", code: 0 });
});
