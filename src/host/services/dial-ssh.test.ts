import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { duration } from "../../domain/duration.ts";
import { parseIp } from "../../domain/ip.ts";
import { dialSsh } from "./dial-ssh.ts";

/** Returns the arguments and the environment of all processes that can be read. */
function readProcesses(): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const texts = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`));
      return texts.join(" ").replaceAll("\0", " ");
    } catch {
      // It ended, or belongs to another user.
      return [];
    }
  });
}

test("the name of a self-test is in no argument of ssh, and its private file is removed", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-dial-${process.pid}-`));
  const { TMPDIR } = process.env;
  process.env["TMPDIR"] = folder;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const to = parseIp("127.0.0.1") ?? assert.fail();
  const user = `bailiff-canary-${process.pid}x${address.port}`;
  const dial = { to, port: address.port, user, from: undefined, limit: duration(60_000) };
  const dialing = dialSsh({ ...dial, tls: false });
  const [socket] = await once(server, "connection");
  const processes = readProcesses();
  assert.equal(
    processes.filter((text) => text.includes(` -p ${address.port} 127.0.0.1 `)).length,
    1,
  );
  assert.ok(!processes.some((text) => text.includes(user)));
  const [name = ""] = readdirSync(folder);
  assert.equal(readFileSync(join(folder, name, "config"), "utf8"), `User ${user}\n`);
  socket.destroy();
  server.close();
  assert.equal((await dialing).kind, "unreachable");
  assert.deepEqual(readdirSync(folder), []);
  process.env["TMPDIR"] = join(folder, "missing");
  assert.equal((await dialSsh({ ...dial, tls: false })).kind, "not-asked");
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  rmdirSync(folder);
});
