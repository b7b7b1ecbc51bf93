/**
 * Holds the bound on what one line can cost, whoever wrote it: every shipped filter reads lines made to backtrack, and
 * rules that would keep a backtracking engine busy for ages are bounded by the linear engine.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parse } from "smol-toml";
import { instant } from "../src/domain/instant.ts";
import { compileFilter } from "../src/parse/compile-filter.ts";
import { type LineRouter, createLineRouter } from "../src/parse/line-router.ts";
import { readFilter } from "../src/parse/read-filter.ts";
import { enableLinearRegex } from "../src/platform/linear-regex.ts";

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

/** Milliseconds for all lines, at the least of three goes: other work on the machine is not what is measured. */
function timeOf(router: LineRouter, lines: readonly string[]): number {
  const text = lines.map((line) => `${line.slice(0, LONGEST)}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  const times = [1, 2, 3].map(() => {
    const before = performance.now();
    const { lines: seen } = router.route(batch, NOW, { matched() {}, unrecognised() {} });
    assert.equal(seen, lines.length);
    return performance.now() - before;
  });
  return Math.min(...times);
}

test("the linear engine is on: an expression it cannot run is refused by its own flag", () => {
  assert.throws(() => new RegExp("(?=a)", "l"), /linear time/);
  const before = performance.now();
  assert.equal(new RegExp("^(?:a+)+$").test(`${"a".repeat(5000)}b`), false);
  assert.ok(performance.now() - before < 1000);
});

test("rules a backtracking engine would never finish are bounded", () => {
  const router = routerOf({
    name: "hostile",
    rule: [
      { id: "a", is: "failure", regex: String.raw`(?:a+)+ (?<ip>\S+)` },
      { id: "b", is: "failure", regex: String.raw`(?:a|a|aa)* (?<ip>\S+)` },
      { id: "c", is: "failure", regex: String.raw`(?:.*,){10}x(?<ip>\S+)` },
      { id: "d", is: "failure", line: "{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}b{ip}" },
      { id: "e", is: "failure", line: "{user}{user}{user}{user} from {ip}" },
      { id: "f", is: "failure", line: "{word}{word}{word}{word}!{ip}" },
    ],
  });
  const lines = ["a", "a,", "a from ", "aaab", "a!", " a"].map((piece) => piece.repeat(LONGEST));
  assert.ok(timeOf(router, lines) < 10_000);
});

for (const path of globSync("*.toml", { cwd: FOLDER })) {
  const text = readFileSync(join(FOLDER, path), "utf8");

  test(`${path}: no line of 16 KiB costs more than a moment`, () => {
    const definition = readFilter(parse(text), path);
    assert.ok(definition.ok);
    const { programs, samples } = definition.value;
    const tag = programs[0] === undefined ? "" : `Nov 23 04:11:05 web1 ${programs[0]}[42]: `;
    const router = routerOf(parse(text));
    const messages = samples.map(({ line }) => line.replace(/^\S+ +\S+ \S+ \S+ \S+\[\d+\]: /, ""));
    // Each sample breaks off somewhere and goes on with a piece of itself for as long as a line can.
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
    const slowest = Math.max(...lines.map((line) => timeOf(router, [line])));
    // An idle core takes a fifth of this; the bound is wide because the machine may be busy.
    assert.ok(slowest < 250, `${slowest} ms`);
  });
}

test("a chunk of lines without any blank, dot or bracket is read in one pass", () => {
  const router = routerOf({
    name: "plain",
    programs: ["x"],
    rule: [{ id: "a", is: "failure", line: "x {ip}" }],
  });
  for (const line of ["x", "<", "sshd(", "[", "Nov", "a:", "1", "@4"]) {
    assert.ok(timeOf(router, new Array<string>(60_000).fill(line)) < 2000, line);
  }
});
