import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { Counting } from "../../domain/match.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { createBanBypasses, type BypassStage, type BanBypasses } from "./ban-bypasses.ts";

const JAIL = named("sshd");
const SUBJECT = address("203.0.113.9");
const BANNED_AT = 1_000_000;

function named(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

function address(text: string): Subject {
  const subject = parseSubject(text);
  assert.ok(subject !== undefined);
  return subject;
}

function at(seconds: number): Instant {
  return instant(BANNED_AT + seconds * 1000);
}

function withBan(subject = SUBJECT): BanBypasses {
  const bypasses = createBanBypasses();
  bypasses.onBan({ jail: JAIL, subject, scope: ALL_PORTS, from: at(0) });
  return bypasses;
}

function hear(bypasses: BanBypasses, seconds: number, counting: Counting = "each"): BypassStage {
  return bypasses.onLine({ jail: JAIL, subject: SUBJECT, at: at(seconds), counting }, at(seconds));
}

test("lines within the grace period after the start of a ban do not count", () => {
  const bypasses = withBan();
  for (const seconds of [-60, 0, 1, 4, 5]) assert.equal(hear(bypasses, seconds), "nothing");
  assert.deepEqual(bypasses.confirmed(at(5)), []);
});

test("three lines over ten seconds confirm a bypass; more lines in a shorter time do not", () => {
  const bypasses = withBan();
  assert.equal(hear(bypasses, 6), "began");
  for (let n = 0; n < 20; n++) assert.equal(hear(bypasses, 6 + n / 10), "nothing");
  assert.equal(bypasses.confirmed(at(8)).length, 0);
  assert.equal(hear(bypasses, 16), "confirmed");
  assert.equal(hear(bypasses, 17), "nothing", "it is reported once");
  const [bypass] = bypasses.confirmed(at(17));
  assert.deepEqual([bypass?.lines, bypass?.first, bypass?.last], [23, at(6), at(17)]);
});

test("two lines are never a bypass", () => {
  const bypasses = withBan();
  hear(bypasses, 10);
  hear(bypasses, 300);
  assert.deepEqual(bypasses.confirmed(at(301)), []);
});

test("reports of connections that were open at the ban do not count", () => {
  const bypasses = withBan();
  for (const seconds of [120, 125, 130, 140, 600])
    assert.equal(hear(bypasses, seconds, "once"), "nothing");
  assert.equal(hear(bypasses, 601, "once"), "began");
});

test("a bypass ends after ten minutes without a line, and a later one starts over", () => {
  const bypasses = withBan();
  for (const seconds of [6, 12, 18]) hear(bypasses, seconds);
  assert.equal(bypasses.confirmed(at(18 + 599)).length, 1);
  assert.equal(bypasses.confirmed(at(18 + 600)).length, 0);
  assert.equal(hear(bypasses, 700), "began");
  assert.equal(bypasses.confirmed(at(700)).length, 0);
});

test("a new ban has no lines; reporting the same ban again changes nothing", () => {
  const bypasses = withBan();
  for (const seconds of [6, 12, 18]) hear(bypasses, seconds);
  bypasses.onBan({ jail: JAIL, subject: SUBJECT, scope: ALL_PORTS, from: at(0) });
  assert.equal(bypasses.of(JAIL, SUBJECT)?.lines, 3);
  bypasses.onBan({ jail: JAIL, subject: SUBJECT, scope: ALL_PORTS, from: at(20) });
  assert.equal(bypasses.of(JAIL, SUBJECT)?.lines, 0);
});

test("lines of an address that is not banned, or whose ban was forgotten, do not count", () => {
  const bypasses = withBan();
  const line = {
    jail: JAIL,
    subject: address("203.0.113.10"),
    at: at(9),
    counting: "each",
  } as const;
  assert.equal(bypasses.onLine(line, at(9)), "nothing");
  assert.equal(
    bypasses.onLine({ ...line, jail: named("other"), subject: SUBJECT }, at(9)),
    "nothing",
  );
  hear(bypasses, 9);
  bypasses.restart(JAIL, SUBJECT);
  assert.equal(bypasses.of(JAIL, SUBJECT)?.lines, 0);
  bypasses.forget(JAIL, SUBJECT);
  assert.equal(hear(bypasses, 10), "nothing");
});

test("the number is bounded: the oldest without lines is dropped first; the newest are listed first", () => {
  const bypasses = withBan();
  hear(bypasses, 6);
  for (let n = 0; n < 10_000; n++) {
    const subject = address(`10.0.${n >> 8}.${n & 255}`);
    bypasses.onBan({ jail: JAIL, subject, scope: ALL_PORTS, from: at(n) });
  }
  assert.equal(bypasses.newest(1000).length, 256);
  assert.equal(bypasses.newest(1)[0]?.subject, "10.0.39.15");
  assert.equal(bypasses.of(JAIL, SUBJECT)?.lines, 1);
});
