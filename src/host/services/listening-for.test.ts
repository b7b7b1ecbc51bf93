import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { listeningFor } from "./listening-for.ts";

test("the age is that of the process that listens, and of root's only", async () => {
  const own = `b${process.pid}-d`;
  process.title = own;
  assert.equal(listeningFor([own]), undefined, "it does not listen yet");
  const server = createServer().listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const age = listeningFor([own]);
    if (process.getuid?.() === 0)
      assert.ok(Math.abs((age ?? 0) - process.uptime() * 1000) < 1000, `${age}`);
    else assert.equal(age, undefined);
  } finally {
    server.close();
  }
  assert.equal(listeningFor(["no-such-program"]), undefined);
});
