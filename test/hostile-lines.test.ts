/**
 * Verifies the bound on the cost of any line: every shipped filter reads lines made to backtrack, and
 * rules that would keep a backtracking engine busy for ages are bounded by the linear engine.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parse } from "smol-toml";
import { instant } from "../src/domain/instant.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { type LineRouter, createLineRouter } from "../src/parse/route/line-router.ts";
import { readFilter } from "../src/parse/filter/read-filter.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const FOLDER = join(import.meta.dirname, "..", "filters");
/** Sources cut longer lines. */
const LONGEST = 16_384;

function routerOf(table: unknown): LineRouter {
  const definition = readFilter(table, "hostile");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "aggressive");
  assert.ok(filter.ok, JSON.stringify(filter));
  return createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
}

/** Milliseconds of the fastest of several goes: other work on the machine is not what is measured. */
function leastTime(goes: number, work: () => void): number {
  const times = Array.from({ length: goes }, () => {
    const before = performance.now();
    work();
    return performance.now() - before;
  });
  return Math.min(...times);
}

/** Milliseconds for all lines, at the least. */
function timeOf(router: LineRouter, lines: readonly string[], goes = 3): number {
  const text = lines.map((line) => `${line.slice(0, LONGEST)}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  return leastTime(goes, () => {
    const { lines: seen } = router.route(batch, NOW, { matched() {}, unrecognized() {} });
    assert.equal(seen, lines.length);
  });
}

/** Of those that looked slowest, measured again on their own. */
function slowestOf(router: LineRouter, lines: readonly string[]): number {
  const ranked = lines
    .map((line) => ({ line, time: timeOf(router, [line], 1) }))
    .toSorted((a, b) => b.time - a.time);
  return Math.max(...ranked.slice(0, 4).map(({ line }) => timeOf(router, [line], 8)));
}

/** Walks of the linear engine over a line as long as there are: what every machine's times are compared with. */
function timeOfWalks(count: number): number {
  const line = `${"a".repeat(LONGEST - 1)}b`;
  const walk = new RegExp("^(?:a+)+$", "l");
  return leastTime(8, () => {
    for (let n = 0; n < count; n++) assert.equal(walk.test(line), false);
  });
}

test("the linear engine is on: an expression it cannot run is refused by its own flag", () => {
  assert.throws(() => new RegExp("(?=a)", "l"), /linear time/);
  // To a backtracking search this would be work for longer than the world is old.
  assert.equal(new RegExp("^(?:a+)+$").test(`${"a".repeat(5000)}b`), false);
});

test("rules a backtracking engine would never finish are bounded", () => {
  const router = routerOf({
    name: "hostile",
    rule: [
      { id: "a", is: "failure", regex: String.raw`(?:a+)+ (?<ip>\S+)` },
      { id: "b", is: "failure", regex: String.raw`(?:a|a|aa)* (?<ip>\S+)` },
      { id: "c", is: "failure", regex: String.raw`(?:.*,){10}x(?<ip>\S+)` },
      { id: "d", is: "failure", line: "{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}b-{ip}" },
      { id: "e", is: "failure", line: "{user}{user}{user}{user} from {ip}" },
      { id: "f", is: "failure", line: "{word}{word}{word}{word}!{ip}" },
    ],
  });
  const lines = ["a", "a,", "a from ", "aaab", "a!", " a"].map((piece) => piece.repeat(LONGEST));
  // That it comes to an end is what is asserted.
  timeOf(router, lines);
});

for (const path of globSync("*.toml", { cwd: FOLDER })) {
  const text = readFileSync(join(FOLDER, path), "utf8");

  test(`${path}: no line of 16 KiB costs more than a bounded number of walks over it`, () => {
    const definition = readFilter(parse(text), path);
    assert.ok(definition.ok);
    const { programs, samples } = definition.value;
    const tag = programs[0] === undefined ? "" : `Nov 23 04:11:05 web1 ${programs[0]}[42]: `;
    const router = routerOf(parse(text));
    const messages = samples.map(({ line }) => line.replace(/^\S+ +\S+ \S+ \S+ \S+\[\d+\]: /, ""));
    // Each sample is cut somewhere and repeats a piece of itself up to the maximum line length.
    const lines = messages.flatMap((message) =>
      [3, 2].flatMap((part) => {
        const cut = Math.floor(message.length / part);
        return [message, message.slice(cut), message.slice(cut, cut + 12), " "].map((piece) =>
          `${tag}${message.slice(0, cut)}${(piece || " ").repeat(LONGEST)}`
            .slice(0, LONGEST - 1)
            .concat("!"),
        );
      }),
    );
    const slowest = slowestOf(router, lines);
    const walks = timeOfWalks(20);
    // It takes some twenty walks; a search whose work grew with the square of the length would take thousands.
    assert.ok(slowest < 20 * walks, `${slowest} ms, twenty walks ${walks} ms`);
  });
}

test("a chunk of lines without any blank, dot or bracket is read in one pass", () => {
  const router = routerOf({
    name: "plain",
    programs: ["x"],
    rule: [{ id: "a", is: "failure", line: "x {ip}" }],
  });
  const chunk = (line: string): number => timeOf(router, new Array<string>(60_000).fill(line));
  const usual = chunk("Nov 23 04:11:05 web1 x[42]: x 192.0.2.7");
  for (const line of ["x", "<", "sshd(", "[", "Nov", "a:", "1", "@4"]) {
    const took = chunk(line);
    assert.ok(took < 20 * usual, `${line}: ${took} ms, usual lines ${usual} ms`);
  }
});
