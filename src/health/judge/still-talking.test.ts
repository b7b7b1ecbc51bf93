import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import type { Counting } from "../../domain/match.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { createStillTalking, type Heard, type StillTalking } from "./still-talking.ts";

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

function banned(subject = SUBJECT): StillTalking {
  const talks = createStillTalking();
  talks.banned({ jail: JAIL, subject, scope: ALL_PORTS, from: at(0) });
  return talks;
}

function hear(talks: StillTalking, seconds: number, counting: Counting = "each"): Heard {
  return talks.heard({ jail: JAIL, subject: SUBJECT, at: at(seconds), counting }, at(seconds));
}

test("lines that were under way when the ban began say nothing", () => {
  const talks = banned();
  for (const seconds of [-60, 0, 1, 4, 5]) assert.equal(hear(talks, seconds), "nothing");
  assert.deepEqual(talks.insisting(at(5)), []);
});

test("three lines over ten seconds leave no doubt; more in a shorter time do", () => {
  const talks = banned();
  assert.equal(hear(talks, 6), "began");
  for (let n = 0; n < 20; n++) assert.equal(hear(talks, 6 + n / 10), "nothing");
  assert.equal(talks.insisting(at(8)).length, 0);
  assert.equal(hear(talks, 16), "insists");
  assert.equal(hear(talks, 17), "nothing", "it is told once");
  const [talk] = talks.insisting(at(17));
  assert.deepEqual([talk?.lines, talk?.first, talk?.last], [23, at(6), at(17)]);
});

test("two lines however far apart are no talk", () => {
  const talks = banned();
  hear(talks, 10);
  hear(talks, 300);
  assert.deepEqual(talks.insisting(at(301)), []);
});

test("reports of connections that were open at the ban are waited for", () => {
  const talks = banned();
  for (const seconds of [120, 125, 130, 140, 600])
    assert.equal(hear(talks, seconds, "once"), "nothing");
  assert.equal(hear(talks, 601, "once"), "began");
});

test("it clears by itself when nothing came for ten minutes, and starts over after that", () => {
  const talks = banned();
  for (const seconds of [6, 12, 18]) hear(talks, seconds);
  assert.equal(talks.insisting(at(18 + 599)).length, 1);
  assert.equal(talks.insisting(at(18 + 600)).length, 0);
  assert.equal(hear(talks, 700), "began");
  assert.equal(talks.insisting(at(700)).length, 0);
});

test("of a new ban nothing was heard yet; the same one told of again changes nothing", () => {
  const talks = banned();
  for (const seconds of [6, 12, 18]) hear(talks, seconds);
  talks.banned({ jail: JAIL, subject: SUBJECT, scope: ALL_PORTS, from: at(0) });
  assert.equal(talks.of(JAIL, SUBJECT)?.lines, 3);
  talks.banned({ jail: JAIL, subject: SUBJECT, scope: ALL_PORTS, from: at(20) });
  assert.equal(talks.of(JAIL, SUBJECT)?.lines, 0);
});

test("who is not banned is nobody's talk; what is forgotten and restarted is", () => {
  const talks = banned();
  const line = {
    jail: JAIL,
    subject: address("203.0.113.10"),
    at: at(9),
    counting: "each",
  } as const;
  assert.equal(talks.heard(line, at(9)), "nothing");
  assert.equal(talks.heard({ ...line, jail: named("other"), subject: SUBJECT }, at(9)), "nothing");
  hear(talks, 9);
  talks.restart(JAIL, SUBJECT);
  assert.equal(talks.of(JAIL, SUBJECT)?.lines, 0);
  talks.forget(JAIL, SUBJECT);
  assert.equal(hear(talks, 10), "nothing");
});

test("bounded: the oldest that nothing was heard of goes first, the newest are told first", () => {
  const talks = banned();
  hear(talks, 6);
  for (let n = 0; n < 10_000; n++) {
    const subject = address(`10.0.${n >> 8}.${n & 255}`);
    talks.banned({ jail: JAIL, subject, scope: ALL_PORTS, from: at(n) });
  }
  assert.equal(talks.newest(1000).length, 256);
  assert.equal(talks.newest(1)[0]?.subject, "10.0.39.15");
  assert.equal(talks.of(JAIL, SUBJECT)?.lines, 1);
});
