import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import { instant } from "../../domain/instant.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { createDroppedPackets, describeRises } from "./dropped-packets.ts";

function block(address: string, packets: number | undefined): EnforcedBlock {
  const subject: Subject | undefined = parseSubject(address);
  assert.ok(subject !== undefined);
  return { subject, scope: ALL_PORTS, packets, left: undefined };
}

test("a counter that rises between two readings is proof, the first reading is not", () => {
  const counters = createDroppedPackets();
  assert.deepEqual(counters.read([block("192.0.2.1", 40)], instant(0)), []);
  assert.deepEqual(counters.read([block("192.0.2.1", 40)], instant(30_000)), []);
  const rises = counters.read([block("192.0.2.1", 452)], instant(60_000));
  assert.equal(describeRises(rises), "dropped 412 packets of 192.0.2.1 within 30s");
});

test("every packet of a ban that just began is proof", () => {
  const counters = createDroppedPackets();
  counters.begins(block("192.0.2.1", 0), instant(0));
  const [rise] = counters.read([block("192.0.2.1", 3)], instant(5000));
  assert.deepEqual([rise?.packets, rise?.within, rise?.at], [3, 5000, 5000]);
});

test("a counter that fell has been reset", () => {
  const counters = createDroppedPackets();
  counters.read([block("192.0.2.1", 400)], instant(0));
  assert.equal(counters.read([block("192.0.2.1", 7)], instant(1000))[0]?.packets, 7);
});

test("a kernel without counters proves nothing, and the number of readings is bounded", () => {
  const counters = createDroppedPackets();
  counters.begins(block("192.0.2.1", 0), instant(0));
  assert.deepEqual(counters.read([block("192.0.2.1", undefined)], instant(1)), []);
  for (let n = 0; n < 600; n++) counters.read([block(`10.0.${n >> 8}.${n & 255}`, 1)], instant(n));
  const rises = counters.read([block("192.0.2.1", 9)], instant(700));
  assert.deepEqual([rises, describeRises(rises)], [[], ""]);
});

test("several bans are reported together, the one with most packets by name", () => {
  const counters = createDroppedPackets();
  for (const ip of ["192.0.2.1", "192.0.2.2"]) counters.begins(block(ip, 0), instant(0));
  const rises = counters.read([block("192.0.2.1", 2), block("192.0.2.2", 90)], instant(30_000));
  assert.equal(
    describeRises(rises),
    "dropped 92 packets of 2 banned addresses within 30s, 90 packets of 192.0.2.2",
  );
});

test("with too many bans, the counter that was read least recently is dropped", () => {
  const counters = createDroppedPackets();
  const read = (n: number, packets: number): number =>
    counters.read([block(`10.0.${n >> 8}.${n & 255}`, packets)], instant(n)).length;
  for (let n = 0; n < 512; n++) read(n, 1);
  assert.equal(read(0, 2), 1);
  read(600, 1);
  assert.equal(read(0, 3), 1, "read lately");
  assert.equal(read(1, 2), 0, "forgotten, so its packets may be old");
});
