import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import { checkTimes, withTimes } from "./stated-times.ts";
import { withPrefix } from "./with-prefix.ts";

const FILE = { path: "f.toml", python: undefined };

test("settings that cannot be used are problems, by their place", () => {
  assert.deepEqual(checkTimes(FILE), []);
  const valid = { time_zone: "Europe/Berlin", time_format: "%d.%m. %H:%M" };
  assert.deepEqual(checkTimes({ ...FILE, ...valid }, "jails.web."), []);
  const keysOf = (settings: object): readonly (string | undefined)[] =>
    checkTimes({ ...FILE, ...settings }, "jails.web.").map(({ key }) => key);
  assert.deepEqual(keysOf({ time_zone: "CET", time_format: "%q" }), [
    "jails.web.time_zone",
    "jails.web.time_format",
  ]);
  assert.deepEqual(keysOf({ ...valid, python: {} }), ["jails.web.time_format"]);
});

/** A filter whose recognizer reports its lines and the zone it was created with. */
function recognizing(seen: unknown[]) {
  const createRecognizer = (localOffset: (at: number) => number): LineRecognizer => ({
    recognize({ text }) {
      seen.push([text, localOffset(0)]);
      return [];
    },
    overLimit: 7,
  });
  const lists = { programs: [], rules: [], recordRules: [] };
  return { name: "f", mode: "normal" as const, variant: "f", ...lists, createRecognizer };
}

test("a recognizer gets the zone, and lines without the prefix of their container", () => {
  const seen: unknown[] = [];
  const filter = withPrefix(withTimes(recognizing(seen), { time_zone: "+01:00" }, "log"), "web");
  const recognizer = filter.createRecognizer?.(() => 0);
  const line = { ascii: true, fields: undefined, arrival: "live", isCut: false } as const;
  for (const text of ["web-1  | one\n", "db-1  | two\n"])
    recognizer?.recognize({ ...line, text, now: 0 as never });
  assert.deepEqual(seen, [["one\n", 3_600_000]]);
  assert.equal(recognizer?.overLimit, 7);
  assert.notEqual(filter.variant, "f");
  const plain = recognizing([]);
  assert.equal(withPrefix(withTimes(plain, {}, "log"), undefined), plain);
});
