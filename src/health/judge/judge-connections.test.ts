import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { type ConnectionJudgment, judgeConnections } from "./judge-connections.ts";

const START = Date.parse("2026-11-23T12:00:00Z");

function at(seconds: number): Instant {
  return instant(START + seconds * 1000);
}

/** Seconds at which connections ended, when the last line came, and when it is judged. */
function judge(ends: readonly number[], line: number | undefined, now: number): ConnectionJudgment {
  const connections = ends.map((end, i) => ({
    port: 22,
    peer: `192.0.2.${i % 2}` as Ip,
    at: at(end),
    count: 1,
  }));
  const heardAt = line === undefined ? undefined : at(line);
  return judgeConnections({ connections, heardAt, now: at(now) });
}

test("connections are judged by the last line that came", () => {
  const table: readonly (readonly [...Parameters<typeof judge>, ConnectionJudgment["verdict"]])[] =
    [
      [[], undefined, 60, "none"],
      [[], 30, 60, "none"],
      [[10, 20, 30], 30, 60, "logged"],
      [[10, 20, 30], 35, 3600, "logged"],
      // The last line of a connection comes just before its end.
      [[10, 20, 32], 30, 60, "logged"],
      [[10, 20, 33], 30, 60, "pending"],
      [[40, 41], 30, 3600, "pending"],
      // Their lines may still arrive.
      [[40, 41, 42], 30, 51, "pending"],
      [[40, 41, 42], 30, 52, "unlogged"],
      [[40, 41, 42], undefined, 52, "unlogged"],
      // The clock was set back, and the times were not shifted yet.
      [[40, 41, 42, 60], 30, -3600, "unlogged"],
      [[40, 41, 42], 30, -3600, "pending"],
    ];
  for (const [ends, line, now, verdict] of table)
    assert.equal(judge(ends, line, now).verdict, verdict, `${ends.join(" ")}; ${line}; ${now}`);
});

test("the evidence names the connections, or how old the last of each is", () => {
  assert.equal(
    judge([40, 41, 42], 30, 60).evidence,
    "3 connections to port 22 from 2 addresses ended since 2026-11-23T12:00:40.000Z without a line",
  );
  assert.equal(
    judge([40], 39, 60).evidence,
    "the last connection to port 22 ended 20s ago, the last line came 21s ago",
  );
});
