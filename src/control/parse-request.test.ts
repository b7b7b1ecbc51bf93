import assert from "node:assert/strict";
import test from "node:test";
import { MAX_DURATION } from "../domain/duration.ts";
import { LAST_INSTANT } from "../domain/instant.ts";
import { parseRequest } from "./parse-request.ts";

function ask(command: string, input: object): string {
  const parsed = parseRequest(JSON.stringify({ id: 1, command, input }));
  return parsed.ok ? "taken" : parsed.error.code;
}

/** Written as text, because JSON has numbers that JavaScript cannot represent. */
const raw = (command: string, input: string): string => {
  const parsed = parseRequest(`{"id":1,"command":"${command}","input":${input}}`);
  return parsed.ok ? "taken" : parsed.error.code;
};

const TAKEN = {
  ...{ subject: "192.0.2.7", jail: "sshd", at: 1, until: 2, failures: 5, earlier: 1 },
  ...{ past: [], lines: [] },
};
const takeOver = (change: object) =>
  ask("take_over", { from: "fail2ban", bans: [{ ...TAKEN, ...change }] });

test("a duration is a whole number above zero that gives a valid date", () => {
  const subject = "192.0.2.7";
  for (const command of ["ban", "allow"]) {
    for (const length of [1, 3_600_000, MAX_DURATION])
      assert.equal(ask(command, { subject, for: length }), "taken", `${command} ${length}`);
    for (const length of [0, -1, 1.5, MAX_DURATION + 1, 1e18, "1h", null])
      assert.equal(ask(command, { subject, for: length }), "bad-input", `${command} ${length}`);
    for (const length of ["1e400", "-1e400", "1e18", "9007199254740993"])
      assert.equal(raw(command, `{"subject":"${subject}","for":${length}}`), "bad-input", length);
  }
  assert.equal(ask("ban", { subject, for: "forever" }), "taken");
});

test("each instant and count of an imported ban is bounded", () => {
  assert.equal(takeOver({}), "taken");
  assert.equal(takeOver({ until: null }), "taken");
  assert.equal(takeOver({ at: LAST_INSTANT, until: LAST_INSTANT }), "taken");
  const past = (one: object) => takeOver({ past: [{ at: 1, until: 2, ...one }] });
  assert.equal(past({}), "taken");
  for (const wrong of [-1, 1.5, LAST_INSTANT + 1, 1e18, "1"]) {
    assert.equal(takeOver({ at: wrong }), "bad-input");
    assert.equal(takeOver({ until: wrong }), "bad-input");
    assert.equal(past({ at: wrong }), "bad-input");
    assert.equal(past({ until: wrong }), "bad-input");
  }
  for (const wrong of [-1, 1.5, 1_000_001, 1e18]) {
    assert.equal(takeOver({ failures: wrong }), "bad-input");
    assert.equal(takeOver({ earlier: wrong }), "bad-input");
  }
});

test("the requested number of entries is bounded", () => {
  for (const command of ["history", "audit"]) {
    assert.equal(ask(command, { limit: 1 }), "taken");
    for (const limit of [0, -1, 1.5, 1e18]) assert.equal(ask(command, { limit }), "bad-input");
  }
});

test("an input must be an object; an empty list is refused", () => {
  for (const input of [[], null, "x", undefined]) {
    const request = parseRequest(JSON.stringify({ id: 1, command: "version", input }));
    assert.deepEqual(request.ok ? "" : request.error.code, "bad-message", JSON.stringify(input));
  }
});

test("mistakes in a request are described without internal terms", () => {
  const messages = [
    ["ban", {}, "ban: subject: missing"],
    ["ban", { subject: "192.0.2.7", foo: 1 }, "ban: foo: unknown field"],
    ["ban", { subject: "192.0.2.7", force: 3 }, "ban: force: expected true or false"],
    ["ban", { subject: "192.0.2.7", reason: "x".repeat(5000) }, "ban: reason: longer than 4096"],
    ["history", { limit: 0 }, "history: limit: less than 1"],
    ["history", { limit: "x" }, "history: limit: expected a number"],
    ["add_rule", { number: 1, is: "success" }, "add_rule: is: expected another word"],
    ["unban", { subjects: "x", all: true }, "unban: subjects: expected a list"],
  ] as const;
  for (const [command, input, message] of messages) {
    const request = parseRequest(JSON.stringify({ id: 1, command, input }));
    assert.equal(request.ok ? "" : request.error.message, message);
  }
});
