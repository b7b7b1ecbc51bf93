import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { type ComparedRecord, judgeLogins, type LoginJudgment } from "./judge-logins.ts";

const START = Date.parse("2026-11-23T12:00:00Z");

function at(seconds: number): Instant {
  return instant(START + seconds * 1000);
}

/** One record each second: "+" has a line, "-" has none. */
function recordsOf(lines: string, from = 0): readonly ComparedRecord[] {
  return [...lines].map((line, i) => ({
    outcome: "failed",
    ip: `192.0.2.${i % 2}` as Ip,
    at: at(from + i),
    isLogged: line === "+",
    lineAt: undefined,
  }));
}

test("records are judged by the lines that came", () => {
  const table: readonly (readonly [string, number, LoginJudgment["verdict"]])[] = [
    ["", 60, "none"],
    ["+++", 60, "logged"],
    ["++-+-", 60, "logged"],
    ["--", 60, "pending"],
    // Their lines may still be on the way.
    ["---", 14, "none"],
    ["---", 16, "pending"],
    ["---", 17, "unlogged"],
    ["+---", 60, "unlogged"],
    ["+-+-+-", 60, "unlogged"],
    // Three of the last twenty.
    [`---${"+".repeat(17)}`, 60, "unlogged"],
    [`---${"+".repeat(18)}`, 60, "logged"],
    // They come again: five lines, and a minute without a missing one.
    ["---+++++", 61, "unlogged"],
    ["---+++++", 62, "logged"],
    ["---++++", 90, "unlogged"],
    ["---++++-+", 90, "unlogged"],
    // Ten minutes later they say nothing more.
    ["---", 601, "pending"],
    ["---", 700, "none"],
    ["+++---", 700, "logged"],
    ["+++", 3700, "none"],
  ];
  for (const [lines, now, verdict] of table)
    assert.equal(judgeLogins(recordsOf(lines), at(now)).verdict, verdict, `"${lines}" at ${now}`);
});

test("the evidence has both numbers, and the addresses whose lines are missing", () => {
  const { evidence } = judgeLogins(recordsOf("++-+-----"), at(60));
  assert.equal(
    evidence,
    "btmp recorded 7 failed logins since 2026-11-23T12:00:02.000Z, and the jail read lines of 1; missing: 192.0.2.0 (4), 192.0.2.1 (2)",
  );
});

test("the evidence counts what lines account for", () => {
  const login: ComparedRecord = {
    ...{ outcome: "succeeded", ip: "192.0.2.9" as Ip, at: at(5) },
    ...{ isLogged: true, lineAt: undefined },
  };
  const { evidence } = judgeLogins([...recordsOf("++++-"), login], at(60));
  assert.equal(evidence, "4 of 5 failed logins and 1 of 1 login in the last hour");
});

test("lines with another time explain what is missing", () => {
  const shifted = recordsOf("---").map((record) => ({ ...record, lineAt: at(-7200) }));
  assert.match(
    judgeLogins(shifted, at(60)).evidence,
    /; a line about 192\.0\.2\.0 has a time 2h earlier$/,
  );
});

test("many addresses are summed up", () => {
  const many = recordsOf("------").map((one, i) => ({ ...one, ip: `192.0.2.${i}` as Ip }));
  assert.match(
    judgeLogins(many, at(60)).evidence,
    /missing: 192\.0\.2\.0, 192\.0\.2\.1, 192\.0\.2\.2 and 3 more addresses$/,
  );
});
