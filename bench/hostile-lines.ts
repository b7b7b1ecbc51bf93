/**
 * Measures the cost of hostile lines. Lines of 16 KB go through a hundred filters of generated patterns and through
 * every stock filter of fail2ban; for other lines fail2ban's time doubles with every repetition. bailiff's cost is
 * processor time, which does not depend on the load of the machine.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { instant } from "../src/domain/instant.ts";
import type { Fail2banMatcher } from "../src/fail2ban/dialect/fail2ban-matcher.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import type { Routed } from "../src/parse/route/line-sink.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import {
  DOUBLING,
  type DoublingLine,
  hostileLines,
  MAX_LINE_LENGTH,
} from "../test/e2e/fail2ban/hostile-lines.ts";
import {
  openStockFilter,
  type StockFilter,
  stockFilters,
} from "../test/e2e/fail2ban/stock-filters.ts";
import { filterOf, hostileLine, isLine, randomPattern } from "../test/hostile-patterns.ts";
import type { Figure } from "./figure.ts";
import { measureShipped } from "./hostile-shipped.ts";
import { createRandom } from "./random.ts";
import type { Section, Setting } from "./section.ts";
import { timeProgram } from "./time-program.ts";

const NOW = instant(1_124_013_600_000);
const MAX_MS = 50;
const MAX_MS_OF_RULES = 20;
const SETS = 10;
const FILTERS = 100;
const LINES = 10;
/** Number of slowest lines that are measured again separately. */
const REMEASURED = 20;
/** Repetitions per line, since the processor clock is coarse, and compilation must not count. */
const REPETITIONS = 50;
const FIRST_GOES = 10;
/** Repetitions in a doubling line: fail2ban's time doubles with each, so these would take it days. */
const REPEATS = 40;
const PATIENCE_S = 5;
const FAIL2BAN = ["/usr/bin/fail2ban-regex", "--usedns=no", "--no-check-all"];

export const measureHostileLines: Section = async (setting) => {
  enableLinearRegex();
  return [
    worstOfGenerated(setting),
    worstOfAll(setting),
    ...(await measureShipped(setting)),
    ...DOUBLING.map((line) => doubling(line, setting)),
  ];
};

/** Measures each filter alone with its lines. */
function worstOfGenerated({ say }: Setting): Figure {
  say("hostile: generated lines through generated filters");
  const random = createRandom(16);
  let worst = { ms: 0, line: "" };
  let overLimit = 0;
  for (let set = 0; set < SETS; set++) {
    const patterns = Array.from({ length: 2 * FILTERS }, () => randomPattern(random));
    const filters = patterns
      .flatMap((pattern) => filterOf("generated", [isLine(pattern)]) ?? [])
      .slice(0, FILTERS);
    const router = createLineRouter(
      filters.map((filter) => ({ filter, accepts: undefined })),
      () => 0,
    );
    for (let i = 0; i < LINES; i++) {
      const line = hostileLine(random.pick(["a", ...patterns]), random, MAX_LINE_LENGTH);
      const batch = { text: `${line}\n`, fields: undefined, cursor: undefined } as const;
      const read = (): Routed =>
        router.route({ ...batch, arrival: "backlog" }, NOW, { matched() {}, unrecognized() {} });
      overLimit += read().overLimit;
      const ms = meanOf(read, 5);
      if (ms > worst.ms) worst = { ms, line };
    }
  }
  return {
    name: "worst hostile line of 16 KB, 100 filters of generated patterns",
    unit: "ms",
    ours: worst.ms,
    target: { kind: "limit", most: MAX_MS_OF_RULES },
    details: { lines: SETS * LINES, "over limit": overLimit, worst: worst.line.slice(0, 80) },
  };
}

interface TimedLine {
  readonly stock: StockFilter;
  readonly line: string;
  readonly what: string;
  readonly ms: number;
}

function worstOfAll({ say }: Setting): Figure {
  say("hostile: every hostile line through every stock filter");
  const timed: TimedLine[] = [];
  for (const stock of stockFilters()) {
    const { filter } = openStockFilter(stock);
    for (const { line, what } of hostileLines(stock.name, MAX_LINE_LENGTH)) {
      const before = performance.now();
      look(filter, line);
      timed.push({ stock, line, what, ms: performance.now() - before });
    }
  }
  say(`hostile: the worst ${REMEASURED} again`);
  const [worst] = timed
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, REMEASURED)
    .map((one) => ({ ...one, ms: timeOf(openStockFilter(one.stock).filter, one.line) }))
    .toSorted((a, b) => b.ms - a.ms);
  return {
    name: "worst hostile line of 16 KB, all stock filters",
    unit: "ms",
    ours: worst?.ms ?? Number.NaN,
    target: { kind: "limit", most: MAX_MS },
    details: { lines: timed.length, worst: `${worst?.stock.name}: ${worst?.what}` },
  };
}

function doubling({ filter: name, line }: DoublingLine, { folder, say }: Setting): Figure {
  say(`hostile: a line at which ${name} doubles its time`);
  const { filter } = openStockFilter({ name, mode: "normal" });
  const path = join(folder, "hostile.log");
  writeFileSync(path, `${line(REPEATS)}\n`);
  const theirs = timeProgram({
    argv: ["/bin/sh", "-c", `timeout ${PATIENCE_S} "$0" "$@"; true`, ...FAIL2BAN, path, name],
  });
  rmSync(path);
  const repeats = Math.floor(
    (MAX_LINE_LENGTH - line(0).length) / (line(1).length - line(0).length),
  );
  return {
    name: `line that doubles fail2ban's time, ${name}`,
    unit: "ms",
    ours: timeOf(filter, line(repeats)),
    peer: {
      name: `fail2ban-regex, stopped after ${PATIENCE_S} s`,
      value: theirs.wall * 1000,
    },
    target: { kind: "limit", most: MAX_MS },
    details: { "our repeats": repeats, "the peer's repeats": REPEATS },
  };
}

/** Returns the mean processor time to examine the line, in milliseconds. */
function timeOf(filter: Fail2banMatcher, line: string): number {
  for (let i = 0; i < FIRST_GOES; i++) look(filter, line);
  return meanOf(() => look(filter, line), REPETITIONS);
}

/** Returns the mean processor time of a call, in milliseconds. */
function meanOf(work: () => unknown, goes: number): number {
  const before = process.threadCpuUsage();
  for (let i = 0; i < goes; i++) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / goes;
}

function look(filter: Fail2banMatcher, line: string): void {
  filter.examine({ line, at: undefined, now: NOW, undated: "keep" });
}
