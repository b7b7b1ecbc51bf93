import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import { createLoginNotes, type SeenLogin } from "./login-notes.ts";

function seen(address: string, seconds: number, more: Partial<SeenLogin> = {}): SeenLogin {
  const ip = parseIp(address);
  assert.ok(ip !== undefined);
  const login = { method: "password", port: 40_000 + seconds } as const;
  return {
    ip,
    account: "al",
    filter: "sshd",
    at: instant(seconds * 1000),
    login,
    session: 0,
    line: seconds,
    ...more,
  };
}

test("logins of one account by one method are one note: how many, the last, the ports of the newest", () => {
  const notes = createLoginNotes();
  for (let second = 1; second <= 6; second++) notes.add(seen("192.0.2.7", second));
  const [note, ...others] = notes.of(parseIp("192.0.2.7") ?? assert.fail());
  assert.deepEqual(others, []);
  assert.deepEqual(note?.ports, [40_006, 40_005, 40_004, 40_003]);
  assert.deepEqual([note?.count, note?.lastAt, note?.keyAt], [6, 6000, undefined]);
});

test("notes differ by account, method, program and address, for IPv6 by site", () => {
  const notes = createLoginNotes();
  const key = { method: "key", port: undefined } as const;
  notes.add(seen("2001:db8::1", 1));
  notes.add(seen("2001:db8::2", 2));
  notes.add(seen("2001:db8::1", 3, { login: key }));
  notes.add(seen("2001:db8::1", 4, { account: "bo" }));
  notes.add(seen("2001:db8::1", 5, { filter: "mail" }));
  notes.add(seen("2001:db8:0:1::1", 6));
  const steps = notes.steps();
  assert.deepEqual(
    steps.map((step) => (step.kind === "login" ? `${step.subject} ${step.ip} ${step.times}` : "")),
    [
      "2001:db8::/64 2001:db8::2 2",
      ...["1", "1", "1"].map(() => "2001:db8::/64 2001:db8::1 1"),
      "2001:db8:0:1::/64 2001:db8:0:1::1 1",
    ],
  );
});

test("a line that several jails of one filter read is one login", () => {
  const notes = createLoginNotes();
  for (const line of [1, 1, 1, 2]) notes.add(seen("192.0.2.7", line));
  notes.add(seen("192.0.2.7", 2, { account: "bo" }));
  assert.deepEqual(
    notes.of(parseIp("192.0.2.7") ?? assert.fail()).map(({ account, count }) => [account, count]),
    [
      ["al", 2],
      ["bo", 1],
    ],
  );
});
