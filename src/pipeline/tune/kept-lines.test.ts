import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import type { Match } from "../../domain/match.ts";
import type { RoutedMatch } from "../replay.ts";
import { KeptLines, spanOf } from "./kept-lines.ts";

const TEXT = "first line, of another program\nFailed password for root from 192.0.2.7 port 1\n";
const START = TEXT.indexOf("Failed");

function line(at: number, kind: Match["kind"] = "failure"): RoutedMatch {
  const match: Match = {
    ...{ kind, rule: "r", counting: "each", closes: false, host: undefined, user: "root" },
    ...{ ip: parseIp("192.0.2.7"), login: undefined, repeated: 1, at: instant(at) },
    ...{ isTimed: true, session: 1 },
  };
  return {
    ...{ filter: 0, at: instant(at), match },
    place: {
      ...{ number: 1, start: START, end: TEXT.length - 1, message: -1, unwrapped: undefined },
      lacksStamp: false,
    },
    batch: { text: TEXT, fields: undefined, arrival: "backlog", cursor: undefined },
  };
}

test("a kept line is its own batch", () => {
  const kept = new KeptLines(10);
  kept.add(line(1));
  const [one] = kept.finish();
  assert.ok(one !== undefined);
  const { batch, place, match } = one;
  assert.equal(batch.text, "Failed password for root from 192.0.2.7 port 1\n");
  assert.equal(batch.text.slice(place.start, place.end), batch.text.trimEnd());
  assert.deepEqual(match, line(1).match);
});

test("the number of kept lines is bounded: the newest stay, and none without a meaning", () => {
  const kept = new KeptLines(10);
  for (let at = 0; at < 40; at++) kept.add(line(at));
  kept.add(line(100, "neutral"));
  const lines = kept.finish();
  assert.deepEqual([lines.length, kept.leftOut], [10, 30]);
  assert.deepEqual(spanOf(lines), { first: 30, last: 39 });
  assert.equal(spanOf([]), undefined);
});
