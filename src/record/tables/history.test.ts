import assert from "node:assert/strict";
import test from "node:test";
import type { Ban, Origin } from "../../domain/ban.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { openBook } from "../open-book.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));

test("the ban of a self-test is in the audit, but not in the history, and lengthens no later ban", async () => {
  const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const [subject, jail] = [parseSubject("198.51.100.140"), parseJailName("sshd")];
  assert.ok(subject !== undefined && jail !== undefined);
  const ban = (origin: Origin): Ban => ({
    ...{ subject, jail, scope: ALL_PORTS, from: NOW, until: instant(NOW + 60_000), origin },
    ...{ reason: "a trial", rule: "", failures: 5, escalation: 0 },
  });
  book.commit({ steps: [{ kind: "ban", ban: ban("canary"), who: "daemon" }], cursors: [] });
  assert.equal(book.ban(jail, subject)?.origin, "canary");
  const order = { who: "daemon", reason: "it is over" };
  const [past] = book.close({ subject, jail }, order, NOW);
  assert.equal(past?.subject, subject, "the caller learns what to remove from the firewall");
  assert.deepEqual(book.history({ limit: 10 }), []);
  assert.equal(book.earlierBans(subject, "all", instant(0)), 0);
  assert.deepEqual(
    book.audit({ limit: 10 }).map(({ action }) => action),
    ["unban", "ban"],
  );
  book.commit({ steps: [{ kind: "ban", ban: ban("detected"), who: "daemon" }], cursors: [] });
  book.close({ subject, jail }, { ...order, history: "kept" }, NOW);
  assert.equal(book.earlierBans(subject, "all", instant(0)), 1);
});
