import assert from "node:assert/strict";
import test from "node:test";
import { createSessionKeys, sessionKey } from "./session-key.ts";

test("one key for each process of each host, none without a process", () => {
  const keys = createSessionKeys();
  const key = (host: string, pid: number): number =>
    sessionKey(keys.baseOf(`[${host}]`, 1, 1 + host.length), pid);
  const asked = [
    key("web1", 1),
    key("web1", 2),
    key("web2", 1),
    key("", 1),
    key("web", 1),
    key("web1x", 1),
  ];
  assert.equal(new Set(asked).size, asked.length);
  assert.deepEqual([key("web1", 1), key("web1", 2), key("web2", 1), key("", 1)], asked.slice(0, 4));
  const large = [1, 2, 2 ** 24 - 1, 2 ** 24 + 1, 2 ** 25 + 1, 2 ** 24, 2 ** 25, 2 ** 32 - 1];
  assert.equal(new Set(large.map((pid) => key("web1", pid))).size, large.length);
  assert.ok(large.every((pid) => Number.isSafeInteger(key("web1", pid)) && key("", pid) > 0));
  assert.equal(key("web1", 0), 0);
  assert.equal(key("web1", 2 ** 32), 0);
  assert.ok(asked.every((one) => one > 0 && Number.isSafeInteger(one)));
});

test("session keys stay the same in another run, independent of the hosts seen in between", () => {
  const keys = createSessionKeys();
  const first = keys.baseOf("first", 0, 5);
  const bases = new Set<number>([first]);
  for (let i = 0; i < 20_000; i++) bases.add(keys.baseOf(`host${i}`, 0, `host${i}`.length));
  assert.ok(bases.size > 19_995, `${bases.size} different keys`);
  assert.equal(keys.baseOf("first", 0, 5), first, "though its name was forgotten");
  assert.equal(createSessionKeys().baseOf("first", 0, 5), first);
});
