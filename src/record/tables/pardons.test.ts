import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import type { Ban } from "../../domain/ban.ts";
import type { BookStep } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseJailName, type JailName } from "../../domain/jail-name.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { openBook } from "../open-book.ts";
import { createTables } from "./tables.ts";
import { createEnforcerViews } from "./enforcer-views.ts";
import {
  leaveInMemoryMode,
  enterInMemoryMode,
  readInMemorySchema,
  saveInMemoryRows,
} from "../in-memory-mode.ts";
import { migrate } from "../migrate.ts";

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const LATER = instant(NOW + 60_000);
const clock = { now: () => NOW, monotonic: () => 0 };

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function jail(text: string): JailName {
  const parsed = parseJailName(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function banOf(text: string): BookStep {
  const ban: Ban = {
    ...{ subject: subject(text), jail: jail("sshd"), scope: ALL_PORTS, from: NOW },
    ...{ until: instant(NOW + 3_600_000), origin: "detected", reason: "", rule: "" },
    ...{ failures: 5, escalation: 0 },
  };
  return { kind: "ban", ban, who: "daemon" };
}

function failureIn(name: string, text: string): BookStep {
  const counted = { at: NOW, weight: 1, rule: "r", user: undefined, line: "a line" };
  return { kind: "failure", subject: subject(text), jail: jail(name), ...counted };
}

test("lifting a ban pardons the subject, and every address inside of it, in every jail", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const steps = [
    banOf("192.0.2.7"),
    banOf("2001:db8:1::/64"),
    ...[failureIn("slow", "192.0.2.7"), failureIn("slow", "192.0.2.9")],
  ];
  book.commit({ steps, cursors: [] });
  assert.equal(book.pardonedAt(subject("192.0.2.7")), undefined);
  book.close({}, { who: "root", reason: "" }, LATER);
  assert.equal(book.pardonedAt(subject("192.0.2.7")), LATER);
  assert.equal(book.pardonedAt(subject("2001:db8:1::5")), LATER);
  assert.equal(book.pardonedAt(subject("192.0.2.9")), undefined);
  assert.deepEqual(
    [...book.failuresSince(instant(0))].map((failure) => failure.subject),
    ["192.0.2.9"],
  );
});

test("allowing a subject pardons it permanently; an expired ban pardons nobody", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const network = subject("192.0.2.0/24");
  const entry = {
    subject: network,
    until: "forever",
    since: NOW,
    who: "root",
    reason: "",
  } as const;
  book.addAllow([entry]);
  book.removeAllow([network], entry);
  assert.equal(book.pardonedAt(subject("192.0.2.7")), NOW);
  book.commit({ steps: [banOf("198.51.100.7")], cursors: [] });
  book.expire(instant(NOW + 7_200_000), 10);
  assert.equal(book.pardonedAt(subject("198.51.100.7")), undefined);
  book.commit({ steps: [banOf("198.51.100.8")], cursors: [] });
  book.close({}, { who: "daemon", reason: "", failures: "kept" }, LATER);
  assert.equal(book.pardonedAt(subject("198.51.100.8")), undefined);
});

test("a pardon made while the file cannot be written is saved with the rest", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database);
  const options = { auditHead: undefined, onUnreadable: assert.fail };
  const tablesOf = () => createTables(database, { ...options, views: createEnforcerViews() });
  tablesOf().pardons.add(subject("192.0.2.7"), NOW);
  enterInMemoryMode(database, readInMemorySchema(database));
  const inMemory = tablesOf().pardons;
  assert.equal(inMemory.latest(subject("192.0.2.7")), NOW);
  inMemory.add(subject("192.0.2.8"), LATER);
  inMemory.forget(LATER);
  saveInMemoryRows(database, "main");
  leaveInMemoryMode(database);
  assert.equal(tablesOf().pardons.latest(subject("192.0.2.8")), LATER);
  assert.equal(tablesOf().pardons.latest(subject("192.0.2.7")), undefined);
});
