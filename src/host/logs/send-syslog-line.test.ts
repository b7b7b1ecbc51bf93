/** Sends a line as programs do, received by the lab's syslog daemon and by a stream socket. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sendSyslogLine } from "./send-syslog-line.ts";

const RECEIVER = fileURLToPath(new URL("../../demo/write-syslog.ts", import.meta.url));
const LIMIT = { signal: AbortSignal.timeout(60_000) };
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), `bailiff-syslog-${process.pid}-`));
});

after(() => rmSync(folder, { recursive: true }));

test("a line arrives in the file of the syslog daemon, and a dead daemon is reported", async () => {
  const [path, file] = [join(folder, "dev-log"), join(folder, "auth.log")];
  const receiver = spawn(process.execPath, [RECEIVER, path, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(receiver.stdout, "data", LIMIT);
  const written = once(receiver.stdout, "data", LIMIT);
  const text = "bailiff probe 4711\nsshd[1]: forged";
  assert.deepEqual(await sendSyslogLine({ tag: "bailiff", pid: 7, text, path }), {
    ok: true,
    value: undefined,
  });
  await written;
  assert.match(
    readFileSync(file, "utf8"),
    / bailiff\[7\]: bailiff probe 4711 sshd\[1\]: forged\n$/,
  );
  receiver.kill("SIGKILL");
  await once(receiver, "close", LIMIT);
  const dead = await sendSyslogLine({ tag: "bailiff", text, path });
  assert.match(dead.ok ? "" : dead.error, /^no process receives from .*dev-log: /);
});

test("a missing socket is reported", async () => {
  const sent = await sendSyslogLine({ tag: "bailiff", text: "x", path: join(folder, "none") });
  assert.match(sent.ok ? "" : sent.error, /none does not exist: no syslog daemon/);
});

test("a syslog daemon with a stream socket receives it as well", async () => {
  const path = join(folder, "stream");
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    let received = "";
    socket.setEncoding("utf8").on("data", (text) => void (received += text));
    socket.on("end", () => resolve(received));
  });
  await once(server.listen(path), "listening", LIMIT);
  const sent = await sendSyslogLine({ tag: "a b", pid: 7, text: "x", facility: "mail", path });
  assert.ok(sent.ok);
  assert.match(await promise, /^<22>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d a_b\[7\]: x\0$/);
  server.close();
});
