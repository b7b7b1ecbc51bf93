/** Sessions, one-time links, passwords and their limit, each with its own clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoginLimit } from "./login-limit.ts";
import { LoginLinks, newLinkKey, signGrant } from "./login-links.ts";
import { hashPassword, isPasswordHash, verifyPassword } from "./password.ts";
import { MAX_SESSION_MS, Sessions } from "./sessions.ts";

const ALICE = { name: "alice", role: "operator" } as const;
const HOUR_MS = 3_600_000;

test("a link is accepted once, within five minutes, with the key that signed it", () => {
  const key = newLinkKey();
  const links = new LoginLinks(key);
  const link = signGrant(key, ALICE, 0);
  assert.equal(new LoginLinks(newLinkKey()).take(link, 1), undefined, "another key");
  assert.deepEqual(links.take(link, 1), ALICE);
  assert.equal(links.take(link, 2), undefined, "used");
  assert.equal(links.take(signGrant(key, ALICE, 0), 300_001), undefined, "too old");
  assert.deepEqual(links.take(signGrant(key, ALICE, 0), 300_000), ALICE);
});

test("a changed link is refused, and so is one whose grant is none", () => {
  const key = newLinkKey();
  const [body = "", signature = ""] = signGrant(key, { name: "bob", role: "read-only" }, 0).split(
    ".",
  );
  const forged = Buffer.from(body, "base64url").toString().replace("read-only", "operator");
  const other = Buffer.from(forged).toString("base64url");
  const links = new LoginLinks(key);
  for (const link of [`${other}.${signature}`, `${body}.`, body, "", ".", `${body}.${signature}x`])
    assert.equal(links.take(link, 1), undefined, link);
  const hostile = { name: "a\nb", role: "operator" } as const;
  assert.equal(links.take(signGrant(key, hostile, 0), 1), undefined);
});

test("a session needs both of its secrets", () => {
  const sessions = new Sessions();
  const [one, two] = [sessions.open(ALICE, 0), sessions.open(ALICE, 0)];
  assert.equal(sessions.find(one.cookie, one.token, 1)?.user, ALICE);
  for (const [cookie, token] of [
    [one.cookie, two.token],
    [one.cookie, ""],
    [one.cookie, undefined],
    [undefined, one.token],
    ["", one.token],
  ] as const)
    assert.equal(sessions.find(cookie, token, 1), undefined);
});

test("a session ends 12 hours after its last use, a week after its begin, and when closed", () => {
  const sessions = new Sessions();
  const { cookie, token } = sessions.open(ALICE, 0);
  const find = (now: number) => sessions.find(cookie, token, now);
  assert.ok(find(12 * HOUR_MS));
  assert.ok(find(24 * HOUR_MS), "each use prolongs it");
  assert.equal(find(36 * HOUR_MS + 1), undefined);
  const used = sessions.open(ALICE, 0);
  for (let now = 0; now <= MAX_SESSION_MS; now += 12 * HOUR_MS)
    assert.ok(sessions.find(used.cookie, used.token, now));
  assert.equal(sessions.find(used.cookie, used.token, MAX_SESSION_MS + 1), undefined);
  const closed = sessions.open(ALICE, 0);
  sessions.close(closed.cookie);
  assert.equal(sessions.find(closed.cookie, closed.token, 1), undefined);
});

test("beyond 200 sessions the one that was not used for longest ends", () => {
  const sessions = new Sessions();
  const opened = Array.from({ length: 200 }, (_, i) => sessions.open(ALICE, i));
  const [first, second] = opened;
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(sessions.find(first.cookie, first.token, 300));
  sessions.open(ALICE, 301);
  assert.ok(sessions.find(first.cookie, first.token, 302));
  assert.equal(sessions.find(second.cookie, second.token, 302), undefined);
});

test("who logs in often ends own sessions, and not those of others", () => {
  const sessions = new Sessions();
  const alice = sessions.open(ALICE, 0);
  const own = Array.from({ length: 300 }, (_, i) =>
    sessions.open({ name: "bob", role: "read-only" }, i),
  );
  assert.ok(sessions.find(alice.cookie, alice.token, 300));
  const [first, last] = [own[0], own.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  assert.equal(sessions.find(first.cookie, first.token, 300), undefined);
  assert.ok(sessions.find(last.cookie, last.token, 300));
});

test("a password matches its own hash only, and the same password has different hashes", async () => {
  const [one, two] = await Promise.all([hashPassword("correct"), hashPassword("correct")]);
  assert.notEqual(one, two);
  assert.ok(isPasswordHash(one));
  assert.equal(await verifyPassword("correct", one), true);
  assert.equal(await verifyPassword("correct", two), true);
  assert.equal(await verifyPassword("Correct", one), false);
  assert.equal(await verifyPassword("correct", undefined), false);
  assert.equal(isPasswordHash("correct"), false);
  assert.equal(isPasswordHash(one.replace("16384", "16777216")), false, "no other work factor");
});

test("after five failures an account waits twice as long each time, up to a minute", () => {
  const limit = new LoginLimit();
  for (let i = 0; i < 5; i++) {
    assert.equal(limit.waitOf("alice", 0), 0);
    limit.onFailure("alice", 0);
  }
  const waits = Array.from({ length: 8 }, () => {
    const wait = limit.waitOf("alice", 0);
    limit.onFailure("alice", 0);
    return wait / 1000;
  });
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  assert.equal(limit.waitOf("bob", 0), 0, "another account does not wait");
  assert.equal(limit.waitOf("alice", 60_000), 0);
  limit.onSuccess("alice");
  assert.equal(limit.waitOf("alice", 0), 0);
});

test("each name has its own limit, also one that no account has", () => {
  const limit = new LoginLimit();
  for (let i = 0; i < 5; i++) limit.onFailure(`guess-${i}`, 0);
  assert.equal(limit.waitOf("another", 0), 0, "refusing it would tell that no account has it");
  for (let i = 0; i < 5; i++) limit.onFailure("nobody", 0);
  assert.ok(limit.waitOf("nobody", 0) > 0);
});

test("beyond a thousand names further ones share one limit, until failures are forgotten", () => {
  const limit = new LoginLimit();
  for (let i = 0; i < 1000; i++) limit.onFailure(`guess-${i}`, 0);
  for (let i = 0; i < 6; i++) limit.onFailure(`further-${i}`, 1);
  assert.ok(limit.waitOf("another", 1) > 0);
  assert.equal(limit.waitOf("guess-0", 1), 0);
  assert.equal(limit.waitOf("another", 16 * 60_000), 0, "forgotten after a quarter of an hour");
});
