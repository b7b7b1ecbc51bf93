import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import type { SessionState } from "../domain/session-state.ts";
import { ANNOUNCED, CLOSED, SessionTable, MAX_SESSIONS } from "./session-table.ts";

const AT = instant(1_000_000);

test("a session saved with another layout does not replace a session in its slot", () => {
  const before = new SessionTable();
  for (let key = 1; key < 100; key++) before.touch(before.begin(key, AT, before.find(key)));
  const saved = before.takeChanges().sessions;
  const [first, second] = saved;
  assert.ok(first !== undefined && second !== undefined && first.slot !== second.slot);
  const misplaced: readonly SessionState[] = [
    { ...second, slot: first.slot },
    { ...second, slot: MAX_SESSIONS },
  ];
  const after = new SessionTable();
  after.restore([...saved, ...misplaced]);
  for (const { key, slot } of saved) assert.equal(after.find(key), slot);
});

test("sessions do not share addresses, in both families", () => {
  const table = new SessionTable();
  const [v4, v6] = [parseIp("192.0.2.7"), parseIp("2001:db8::7")];
  assert.ok(v4 !== undefined && v6 !== undefined);
  const [one, other, silent] = [1, 2, 3].map((key) => table.begin(key, AT, -1));
  assert.ok(one !== undefined && other !== undefined && silent !== undefined);
  assert.ok(table.meetPeer(one, v4) && table.meetPeer(other, v6));
  assert.deepEqual(
    [one, other, silent].map((slot) => table.peerOf(slot)),
    [v4, v6, undefined],
  );
  assert.deepEqual(
    [one, other, silent].map((slot) => [
      table.hasOtherPeer(slot, v4),
      table.hasOtherPeer(slot, v6),
    ]),
    [
      [false, true],
      [true, false],
      [false, false],
    ],
  );
  assert.equal(table.meetPeer(one, v6), false);
  assert.equal(table.peerOf(one), v4, "the first one stays");
});

test("a session survives a restart", () => {
  const table = new SessionTable();
  const peer = parseIp("2001:db8::7");
  assert.ok(peer !== undefined);
  const slot = table.begin(7, AT, -1);
  table.meetPeer(slot, peer);
  table.noteUser(slot, "joe");
  table.setWaiting(slot, 2);
  table.setProgress(slot, ANNOUNCED + CLOSED);
  table.touch(slot);
  const again = new SessionTable();
  again.restore(table.takeChanges().sessions);
  assert.deepEqual([again.lastAt(slot), again.peerOf(slot), again.userOf(slot)], [AT, peer, "joe"]);
  assert.deepEqual([again.waiting(slot), again.progress(slot)], [2, ANNOUNCED + CLOSED]);
});

test("a full set replaces closed sessions first, then the least recently used one", () => {
  const table = new SessionTable();
  const open = [1, 2, 3, 4, 5, 6].map((key) => ({ key, slot: table.begin(key, AT, -1) }));
  // Far more sessions than fit, each closed before the next begins.
  for (let key = 1000; key < 1000 + 4 * MAX_SESSIONS; key++)
    table.setProgress(table.begin(key, AT, -1), CLOSED);
  for (const { key, slot } of open) assert.equal(table.find(key), slot);
  table.setLastAt(open[0]?.slot ?? -1, AT);
  for (let key = 100_000; table.find(2) >= 0; key++) {
    assert.ok(key < 200_000, "bounded");
    table.begin(key, AT, -1);
    const last = open[0];
    if (last !== undefined) table.setLastAt(last.slot, AT);
  }
  assert.ok(table.find(1) >= 0, "used after every other one");
});

test("a table without sessions knows none, and neither does its copy", () => {
  const table = new SessionTable();
  assert.equal(table.find(1), -1);
  assert.deepEqual(table.takeChanges(), { whole: false, sessions: [] });
  const copy = table.copy();
  assert.deepEqual(copy.takeChanges(), { whole: true, sessions: [] });
  const slot = copy.begin(1, AT, copy.find(1));
  assert.equal(copy.find(1), slot);
  assert.equal(table.find(1), -1);
});
