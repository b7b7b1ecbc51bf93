/** A problem that several jails share is reported once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "../../domain/problem.ts";
import { groupLeftOut, groupProblems } from "./group-problems.ts";

const NAMES = ["sshd", "sshd.slow", "shop", "mail", "web", "ftp"];

function problem(key: string, line = 2): Problem {
  return { path: "jail.local", line, key, got: "1x", expected: "a length" };
}

test("an option of one jail is prefixed with the jail's name", () => {
  assert.deepEqual(groupProblems([problem("sshd.bantime")], NAMES), [
    "jail.local:2: sshd.bantime: found 1x, expected a length",
  ]);
});

test("the same problem of several jails is reported once, by name or by number", () => {
  const few = ["sshd", "sshd.slow"].map((name) => problem(`${name}.bantime`));
  assert.deepEqual(groupProblems([...few, problem("shop.bantime", 9)], NAMES), [
    "sshd, sshd.slow: jail.local:2: bantime: found 1x, expected a length",
    "jail.local:9: shop.bantime: found 1x, expected a length",
  ]);
  const all = NAMES.map((name) => problem(`${name}.bantime`));
  assert.deepEqual(groupProblems(all, NAMES), [
    "6 jails: jail.local:2: bantime: found 1x, expected a length",
  ]);
});

test("a problem of no jail is reported once, unchanged", () => {
  const slip = problem("DEFAULT.ban-time");
  assert.deepEqual(groupProblems([slip, slip], NAMES), [
    "jail.local:2: DEFAULT.ban-time: found 1x, expected a length",
  ]);
});

test("jails that are left out for the same reason are grouped, others are not", () => {
  const groups = groupLeftOut([
    { jail: "sshd", kept: false, problems: [problem("sshd.action")] },
    { jail: "shop", kept: false, problems: [problem("shop.action")] },
    { jail: "mail", kept: true, problems: [problem("mail.action")] },
    { jail: "web", kept: false, problems: [problem("web.action", 7)] },
  ]);
  assert.deepEqual(
    groups.map(({ jails }) => jails),
    [["sshd", "shop"], ["mail"], ["web"]],
  );
});
