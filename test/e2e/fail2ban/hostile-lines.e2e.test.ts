/**
 * Hostile lines for fail2ban filters: the steps of the exact matcher grow at most linearly with the length of the line,
 * and are bounded. Short lines are matched by V8 and cost no steps; they are bounded by their length, and by V8's
 * fallback to its linear engine. The benchmark measures the time.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../src/domain/instant.ts";
import { buildFilter } from "../../../src/fail2ban/dialect/build-filter.ts";
import { Fail2banMatcher } from "../../../src/fail2ban/dialect/fail2ban-matcher.ts";
import { LINE_EFFORT } from "../../../src/parse/expression/search-effort.ts";
import { enableLinearRegex } from "../../../src/host/linear-regex.ts";
import { fuzzSample } from "../../fuzz-rounds.ts";
import { DOUBLING, hostileLines, MAX_LINE_LENGTH, SHORT_LINE } from "./hostile-lines.ts";
import { openStockFilter, type StockFilter, stockFilters } from "./stock-filters.ts";

// As the launcher does for the daemon.
enableLinearRegex();

const NOW = instant(1_124_013_600_000);
/** Bound for the longest line of a filter that matches single lines. */
const MAX_STEPS = 0.6 * LINE_EFFORT;
/** Number of the 144 lines to use in an ordinary run. */
const USUAL_LINES = 12;
/** Maximum ratio for twice the length, with a margin for constant costs. */
const DOUBLE = 2.2;

function stepsOf(filter: Fail2banMatcher, line: string): number {
  filter.examine({ line, at: undefined, now: NOW, undated: "keep" });
  return filter.last.steps;
}

interface Tally {
  readonly lines: number;
  readonly overLimit: number;
  /** Steps of all lines, and of the most expensive one. */
  readonly sum: number;
  readonly most: number;
  readonly what: string;
}

function tally(stock: StockFilter, length: number): Tally {
  const { filter, lines: together } = openStockFilter(stock);
  const lines = fuzzSample(hostileLines(stock.name, length), USUAL_LINES);
  let [sum, most, spent] = [0, 0, 0];
  let what = "";
  for (const one of lines) {
    const steps = stepsOf(filter, one.line);
    sum += steps;
    if (steps === LINE_EFFORT) spent++;
    if (steps > most) [most, what] = [steps, `${stock.name} ${stock.mode}: ${one.what}`];
  }
  assert.equal(filter.overLimit, spent, `${stock.name}: lines over the limit are counted`);
  // Twenty of the longest lines together may exceed the bound of one line.
  if (together === 1) assert.ok(most <= MAX_STEPS, `${most} steps: ${what}`);
  return { lines: lines.length, overLimit: spent, sum, most, what };
}

test("hostile lines cost every stock filter steps in proportion to their length, far from the bound", () => {
  let [lines, overLimit, busy] = [0, 0, 0];
  const filters = stockFilters();
  for (const stock of filters) {
    const short = tally(stock, SHORT_LINE);
    const half = tally(stock, MAX_LINE_LENGTH / 2);
    const whole = tally(stock, MAX_LINE_LENGTH);
    assert.equal(short.overLimit + half.overLimit, 0, stock.name);
    assert.ok(whole.sum <= DOUBLE * half.sum, `${stock.name}: ${half.sum}, then ${whole.sum}`);
    assert.ok(whole.most <= DOUBLE * half.most, `${half.most}, then ${whole.most}: ${whole.what}`);
    lines += whole.lines;
    overLimit += whole.overLimit;
    if (whole.most > MAX_LINE_LENGTH) busy++;
  }
  // The other expressions fail immediately because a required word is missing.
  assert.ok(busy > 80, `the exact matcher went over the lines of ${busy} filters`);
  assert.ok(lines >= USUAL_LINES * filters.length && filters.length > 80, `${lines} lines`);
  assert.ok(overLimit <= lines / 1000, `${overLimit} over the limit of ${lines}`);
});

test("lines that are exponential in fail2ban cost steps in proportion to their length", () => {
  for (const { filter: name, line } of DOUBLING) {
    const { filter } = openStockFilter({ name, mode: "normal" });
    const steps = (repeats: number): number => {
      const text = line(repeats);
      assert.ok(text.length <= MAX_LINE_LENGTH);
      return stepsOf(filter, text);
    };
    // Around the length limit of V8: an exponential search would end for none of them.
    for (const repeats of [20, 40, 80, 160]) assert.ok(steps(repeats) < MAX_STEPS / 10);
    for (const repeats of [320, 640, 1280])
      assert.ok(steps(2 * repeats) <= DOUBLE * steps(repeats), `${name}, ${repeats} times`);
    assert.equal(filter.overLimit, 0);
  }
});

test("an expression that exceeds its bound is aborted and counted", () => {
  const rules = {
    failregex: [String.raw`^(a*)*(a*)*\1\2(a*)*b<HOST>$`],
    ignoreregex: [],
    prefregex: undefined,
    datepattern: ["{NONE}"],
    maxlines: 1,
    usedns: "no",
    logtimezone: undefined,
  } as const;
  const built = buildFilter({ rules, localOffset: () => 0 });
  assert.ok(built.ok);
  const filter = new Fail2banMatcher(built.value);
  assert.equal(stepsOf(filter, `${"a".repeat(3000)}cb`), LINE_EFFORT);
  assert.equal(filter.overLimit, 1);
  const [found] = filter.examine({ line: "aab192.0.2.1", at: NOW, now: NOW });
  assert.equal(found?.id, "192.0.2.1");
  assert.equal(filter.overLimit, 1);
});
