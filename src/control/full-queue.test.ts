import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connectControl } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-queue-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A server that accepts no connection until the file "go" exists, like a busy daemon. */
const BUSY = `
import { existsSync } from "node:fs";
import { createServer } from "node:net";
const [path, go] = process.argv.slice(1);
const server = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.write('{"bailiff":"control","v":1}\\n');
});
server.listen({ path, backlog: 1 }, () => {
  process.stdout.write("listening\\n", () => {
    while (!existsSync(go)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  });
});`;

/** undefined: the connection is in the queue. */
function tryConnect(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = connect(path);
    queued.push(socket);
    socket.once("connect", () => resolve(undefined));
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : ""));
  });
}
const queued: Socket[] = [];

test("connecting to a full queue is retried until there is room", async () => {
  const [path, go] = [join(folder, "busy.sock"), join(folder, "go")];
  const busy = spawn(process.execPath, ["--input-type=module", "-e", BUSY, path, go]);
  try {
    await once(busy.stdout, "data");
    let refusal: string | undefined;
    while (refusal === undefined) refusal = await tryConnect(path);
    assert.equal(refusal, "EAGAIN");
    await assert.rejects(connectControl(path, { patience: 30 }), {
      code: "unreachable",
      message: /queue of .* stays full/,
    });
    const connected = connectControl(path);
    writeFileSync(go, "");
    await using _client = await connected;
  } finally {
    for (const socket of queued) socket.destroy();
    busy.kill("SIGKILL");
  }
});
