/** The answers in docs/reference/control.md have the fields and types of a running daemon's answers. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  BANS_EXAMPLE,
  SCAN_EXAMPLE,
  STATUS_EXAMPLE,
  WHY_EXAMPLE,
} from "../../tools/pages/examples/control-examples.ts";
import { failures, openStage, THREE_STRIKES } from "./stage.ts";

/** A value may be null in one of the two. */
function shapeOf(value: unknown): unknown {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "empty" : [shapeOf(value[0])];
  if (typeof value !== "object") return typeof value;
  const entries = Object.entries(value).map(([key, part]) => [key, shapeOf(part)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}

test("status, bans, why and scan answer as documented", async () => {
  await using stage = await openStage({ sshd: "none" });
  const feed = join(stage.state, "feed.txt");
  writeFileSync(feed, "192.0.2.1\n");
  stage.configure(`${THREE_STRIKES}[lists.feed]\nfile = "${feed}"\n`);
  await stage.start();
  await stage.untilEvent("list-updated");
  stage.write(failures("203.0.113.9", 3));
  await stage.untilBlocked("203.0.113.9");
  const answers: readonly (readonly [readonly string[], unknown])[] = [
    [["status"], STATUS_EXAMPLE],
    [["bans"], BANS_EXAMPLE],
    [["why", "203.0.113.9"], WHY_EXAMPLE],
    [["scan", "--filter", "sshd", stage.log], SCAN_EXAMPLE.at(-1)],
  ];
  for (const [args, example] of answers) {
    const { code, output } = await stage.bailiff(...args, "--json");
    assert.equal(code, 0, output);
    const answer: unknown = JSON.parse(output.split("\n")[0] ?? "");
    assert.deepEqual(shapeOf(answer), shapeOf(withoutSources(example)), args.join(" "));
  }
});

/** Keys whose values come from elsewhere. */
const FROM_ELSEWHERE = ["confirmed_by", "country", "asn", "organization"];

/**
 * The lines of the test come from no sshd, so btmp and the kernel confirm none. No file names countries and networks.
 */
function withoutSources(example: unknown): unknown {
  const text = JSON.stringify(example, (key, value: unknown) =>
    FROM_ELSEWHERE.includes(key) ? (Array.isArray(value) ? [] : null) : value,
  );
  return JSON.parse(text);
}
