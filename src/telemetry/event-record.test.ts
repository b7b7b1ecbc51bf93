/** Events as JSON records can be written and read back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { fromEventRecord, toEventRecord } from "./event-record.ts";
import type { TelemetryEvent } from "./events.ts";

const AT = instant(Date.UTC(2026, 10, 28, 9, 19, 59, 123));
const UNTIL = instant(Date.UTC(2026, 10, 28, 10, 19, 59));

const EVENTS: readonly TelemetryEvent[] = [
  { event: "daemon-stopping", reason: "SIGTERM" },
  {
    event: "ban",
    ...{ jail: "sshd", ip: "192.0.2.7", reason: "3 failures", origin: "jail" },
    ...{ until: UNTIL, length: duration(3_600_000) },
  },
  {
    event: "ban",
    ...{ jail: "sshd", ip: "192.0.2.8", reason: "by hand", origin: "manual" },
    ...{ until: "forever", length: undefined },
  },
  {
    event: "canary-failed",
    ...{ jail: "sshd", step: "attempt", reason: "no listener", fix: "start it", who: "daemon" },
  },
  { event: "clock-stepped", step: duration(-500) },
  { event: "source-failed", source: "x", reason: "forever", retry_in: duration(250) },
];

test("a record read back is the event", () => {
  for (const event of EVENTS) {
    const record: unknown = JSON.parse(JSON.stringify(toEventRecord(event, AT)));
    const read = fromEventRecord(record as ReturnType<typeof toEventRecord>);
    assert.deepEqual(read, { event: JSON.parse(JSON.stringify(event)), at: AT });
  }
});

test("a measured duration is a whole number of milliseconds", () => {
  const record = toEventRecord(
    {
      ...{ event: "action-failed", jail: "sshd", action: "mail", command: "ban", ip: undefined },
      ...{ reason: "exit code 1", took: duration(19.787895999965258) },
    },
    AT,
  );
  assert.equal(record["took_ms"], 20);
});

test("instants are ISO 8601, durations milliseconds, and what is missing is absent", () => {
  const [, ban, forever] = EVENTS.map((event) => toEventRecord(event, AT));
  assert.equal(ban?.time, "2026-11-28T09:19:59.123Z");
  assert.equal(ban?.level, "info");
  assert.equal(ban?.["until"], "2026-11-28T10:19:59.000Z");
  assert.equal(ban?.["length_ms"], 3_600_000);
  assert.equal(forever?.["until"], "forever");
  assert.ok(forever !== undefined && !("length_ms" in forever));
});
