/** Runs the dialogues against scripted servers: what each side sends, how it ends, and that every wait is bounded. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import test from "node:test";
import { duration } from "../../domain/duration.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import type { DialOutcome } from "./dial.ts";
import { dialService } from "./dial-service.ts";
import type { DialKind } from "./find-service.ts";

const USER = "bailiff-canary-abcdefghij";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

interface Script {
  readonly greeting?: string;
  /** The first reply whose pattern matches the client's line is sent. */
  readonly replies?: readonly (readonly [RegExp, string])[];
}

interface Scripted extends AsyncDisposable {
  readonly port: number;
  readonly heard: readonly string[];
  readonly peers: readonly string[];
}

async function serve({ greeting, replies = [] }: Script): Promise<Scripted> {
  const heard: string[] = [];
  const peers: string[] = [];
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    peers.push(socket.remoteAddress ?? "");
    socket.on("error", () => undefined);
    if (greeting !== undefined) socket.write(greeting);
    socket.on("data", (bytes) => {
      const text = bytes.toString();
      heard.push(text.trimEnd());
      const reply = replies.find(([pattern]) => pattern.test(text));
      if (reply === undefined) socket.destroy();
      else socket.write(reply[1]);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    heard,
    peers,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function dial(kind: DialKind, port: number, limit = 60_000): Promise<DialOutcome> {
  const target = { to: ip("127.0.0.1"), port, tls: false, from: ip("127.83.1.2") };
  return dialService(kind, { ...target, user: USER, limit: duration(limit), path: "/private/" });
}

async function against(kind: DialKind, script: Script): Promise<[string, readonly string[]]> {
  await using server = await serve(script);
  const { kind: end } = await dial(kind, server.port);
  assert.ok(server.peers.every((peer) => peer === "127.83.1.2"));
  return [end, server.heard];
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const EHLO = [/^EHLO/, "250-mail.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"] as const;

test("SMTP: AUTH PLAIN, refused", async () => {
  const [end, heard] = await against("smtp", {
    greeting: "220-mail.example.org\r\n220 ESMTP\r\n",
    replies: [EHLO, [/^AUTH/, "535 5.7.8 Error: authentication failed\r\n"]],
  });
  assert.equal(end, "refused");
  assert.deepEqual(heard, [
    "EHLO bailiff-canary.invalid",
    `AUTH PLAIN ${base64(`\0${USER}\0no password`)}`,
  ]);
});

test("SMTP: AUTH LOGIN when PLAIN is not offered", async () => {
  const [end, heard] = await against("smtp", {
    greeting: "220 hi\r\n",
    replies: [
      [/^EHLO/, "250-hi\r\n250 AUTH=LOGIN CRAM-MD5\r\n"],
      [/^AUTH LOGIN/, "334 VXNlcm5hbWU6\r\n"],
      [new RegExp(`^${base64(USER)}`), "334 UGFzc3dvcmQ6\r\n"],
      [/./, "535 no\r\n"],
    ],
  });
  assert.equal(end, "refused");
  assert.equal(heard.length, 4);
});

test("SMTP: a port without logins, one that accepts, one that rejects the client", async () => {
  const plain = { greeting: "220 hi\r\n", replies: [[/^EHLO/, "250 hi\r\n"]] } as const;
  assert.equal((await against("smtp", plain))[0], "not-asked");
  const naive = { greeting: "220 hi\r\n", replies: [EHLO, [/^AUTH/, "235 welcome\r\n"]] } as const;
  assert.equal((await against("smtp", naive))[0], "let-in");
  assert.equal((await against("smtp", { greeting: "554 go away\r\n" }))[0], "unreachable");
});

test("SMTP: STARTTLS offered and then refused", async () => {
  const [end] = await against("smtp", {
    greeting: "220 hi\r\n",
    replies: [
      [/^EHLO/, "250-hi\r\n250 STARTTLS\r\n"],
      [/^STARTTLS/, "454 not now\r\n"],
    ],
  });
  assert.equal(end, "not-asked");
});

test("IMAP: LOGIN refused, accepted, and disabled", async () => {
  const able = [/ CAPABILITY/, "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"] as const;
  const login = (reply: string) =>
    against("imap", { greeting: "* OK hi\r\n", replies: [able, [/^a4 LOGIN/, reply]] });
  const [end, heard] = await login("a4 NO [AUTHENTICATIONFAILED] no\r\n");
  assert.equal(end, "refused");
  assert.equal(heard.at(-1), `a4 LOGIN ${USER} "no password"`);
  assert.equal((await login("* CAPABILITY IMAP4rev1\r\na4 OK welcome\r\n"))[0], "let-in");
  const disabled = [/ CAPABILITY/, "* CAPABILITY LOGINDISABLED\r\na1 OK\r\n"] as const;
  const forbidden = { greeting: "* OK hi\r\n", replies: [disabled] };
  assert.equal((await against("imap", forbidden))[0], "not-asked");
  assert.equal((await against("imap", { greeting: "* BYE full\r\n" }))[0], "unreachable");
});

test("FTP: refused after the password, or already after the name; accepted", async () => {
  const after = (user: string, password: string) =>
    against("ftp", {
      greeting: "220 hi\r\n",
      replies: [
        [/^USER/, user],
        [/^PASS/, password],
      ],
    });
  const [end, heard] = await after("331 password?\r\n", "530 Login incorrect.\r\n");
  assert.equal(end, "refused");
  assert.deepEqual(heard, [`USER ${USER}`, "PASS no password"]);
  assert.equal((await after("530 no\r\n", ""))[0], "refused");
  assert.equal((await after("230 welcome\r\n", ""))[0], "let-in");
  assert.equal((await after("331 password?\r\n", "230 welcome\r\n"))[0], "let-in");
});

test("HTTP: refused, accepted, not protected", async () => {
  const reply = (status: string) => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`;
  const credentials = base64(`${USER}:no password`);
  const with401 = (status: string) =>
    against("http", {
      replies: [
        [new RegExp(`authorization: Basic ${credentials}`, "i"), reply(status)],
        [/^GET \/private\/ /, reply("401 Unauthorized")],
      ],
    });
  assert.equal((await with401("401 Unauthorized"))[0], "refused");
  assert.equal((await with401("403 Forbidden"))[0], "refused");
  assert.equal((await with401("200 OK"))[0], "let-in");
  const [end, heard] = await against("http", { replies: [[/^GET/, reply("200 OK")]] });
  assert.equal(end, "not-asked");
  assert.equal(heard.length, 1, "no name is given to who asks for none");
});

test("a closed port, a silent server, one that hangs up, one that never stops sending", async () => {
  const kinds = ["smtp", "imap", "ftp", "http"] as const;
  const closed = await serve({});
  await closed[Symbol.asyncDispose]();
  for (const kind of kinds) {
    assert.equal((await dial(kind, closed.port)).kind, "unreachable", kind);
    await using silent = await serve({ replies: [[/^GET/, ""]] });
    assert.equal((await dial(kind, silent.port, 200)).kind, "unreachable", kind);
    assert.equal((await against(kind, { greeting: "220 hi\r\n* OK hi\r\n" }))[0], "unreachable");
  }
  const flood = "220-more\r\n".repeat(20_000);
  for (const kind of kinds)
    assert.equal((await against(kind, { greeting: flood }))[0], "unreachable", kind);
});
