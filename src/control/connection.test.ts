import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Connection } from "./connection.ts";
import { createEventFeed } from "./event-feed.ts";
import { systemClock } from "../host/system-clock.ts";
import { createFairShare, type FairShare } from "./fair-share.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-connection-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Serves one group member, and returns how often its work was counted, and the replies. */
async function serveMember(name: string, lines: readonly string[]): Promise<[number, string[]]> {
  const over = new AbortController();
  const fair = createFairShare(over.signal);
  let counted = 0;
  const share: FairShare = {
    run: (work) => {
      counted++;
      return fair.run(work);
    },
  };
  const server = createServer({ allowHalfOpen: true });
  const path = join(folder, `${name}.sock`);
  server.listen(path);
  await once(server, "listening");
  const client = connect(path);
  const [socket] = await once(server, "connection");
  const connection = new Connection(socket, {
    peer: { who: "uid 1000", credentials: { pid: 1, uid: 1000, gid: 1000 } },
    rules: { ownUid: 0, shared: true, operator: undefined },
    answer: async () => ({}),
    share,
    feed: createEventFeed(systemClock),
    emit: () => undefined,
    requestBytes: 10_000,
    patience: 60_000,
    signal: over.signal,
  });
  const served = connection.serve();
  client.end(`${lines.join("\n")}\n`);
  const replies = (await client.toArray()).join("").trim().split("\n").slice(1);
  await served;
  over.abort();
  server.close();
  return [counted, replies.map((line) => JSON.parse(line).error?.code ?? "ok")];
}

test("requests of a group member that need no answer count against its share", async () => {
  const unknown = '{"id":1,"command":"constructor","input":{}}';
  const invalid = '{"id":2,"command":"why","input":{}}';
  const forbidden = '{"id":3,"command":"reload","input":{}}';
  const cut = '{"id":4,"command":"follow","input":{}}';
  assert.deepEqual(
    await serveMember("needless", ['{"v":1}', unknown, invalid, forbidden, cut, cut]),
    [6, ["unknown-command", "bad-input", "permission-denied", "ok", "ok"]],
  );
});

test("a first line that is no greeting counts too", async () => {
  assert.deepEqual(await serveMember("garbage", ["garbage"]), [1, ["bad-message"]]);
});
