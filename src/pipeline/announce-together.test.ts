import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { limitEvents } from "../telemetry/limit-events.ts";
import { announceTogether } from "./announce-together.ts";

const NOTE = { who: "root (uid 0)", reason: "noisy" };

function ban(n: number, jail = "manual"): TelemetryEvent {
  const length = undefined;
  const ip = `192.0.2.${n}`;
  return { event: "ban", jail, ip, until: "forever", reason: "noisy", origin: "manual", length };
}

/** Returns the events that have effects, and the lines that are logged. */
function announce(size: number, events: readonly TelemetryEvent[]) {
  const acted: TelemetryEvent[] = [];
  const read: TelemetryEvent[] = [];
  const log = limitEvents((event) => void read.push(event), {
    now: () => instant(0),
    monotonic: () => 0,
  });
  const emit = (event: TelemetryEvent): void => {
    acted.push(event);
    log(event);
  };
  const announcer = announceTogether(size, { emit, ...NOTE });
  for (const event of events) announcer.emit(event);
  announcer.finish();
  return { acted, read };
}

test("up to ten changes are logged line by line", () => {
  const events = Array.from({ length: 10 }, (_, n) => ban(n));
  const { acted, read } = announce(10, events);
  assert.deepEqual(acted, events);
  assert.deepEqual(read, events);
});

test("of more changes each has its effect, and one line is logged for each kind and jail", () => {
  const unban: TelemetryEvent = {
    ...{ event: "unban", jail: "sshd", ip: "192.0.2.1", reason: "noisy", who: NOTE.who },
  };
  const allowed: TelemetryEvent = {
    ...{ event: "allow-changed", subject: "192.0.2.1", change: "added", who: NOTE.who },
  };
  const suppressed: TelemetryEvent = { event: "events-suppressed", of: "failure", count: 3 };
  const { acted, read } = announce(200, [
    ...Array.from({ length: 150 }, (_, n) => ban(n)),
    ...Array.from({ length: 20 }, (_, n) => ban(n, "sshd")),
    unban,
    allowed,
    suppressed,
  ]);
  assert.equal(acted.filter(({ event }) => event === "ban").length, 170);
  assert.equal(acted.filter(({ event }) => event === "unban").length, 1);
  const summary = { event: "bulk-change", ...NOTE } as const;
  assert.deepEqual(read, [
    suppressed,
    { ...summary, change: "banned", jail: "manual", count: 150 },
    { ...summary, change: "banned", jail: "sshd", count: 20 },
    { ...summary, change: "unbanned", jail: "sshd", count: 1 },
    { ...summary, change: "allowed", count: 1 },
  ]);
});
