/** Figures of bench/baseline.json in the pages are those of the last recorded run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Judged } from "../../bench/figure.ts";
import { readBaseline } from "../../tools/pages/figures-reference.ts";

const { figures } = await readBaseline();

function figure(name: string, peer?: string): Judged {
  const found = figures.find(
    (one) => one.name === name && (peer === undefined || one.peer?.name === peer),
  );
  assert.ok(found !== undefined, `${name}, ${peer}`);
  return found;
}

/** The target of a figure, in the figure's unit. */
function asked(name: string, peer: string): string {
  const { target, peer: measured } = figure(name, peer);
  assert.ok(target.kind !== "limit" && measured !== undefined);
  const { kind, times } = target;
  const most = kind === "faster" ? measured.value / times : measured.value * times;
  return `${most.toFixed(2)} s`;
}

const HALF = "scan 1000k lines, half attacks";
const QUIET = "scan 1000k lines, 2% attacks";
const REGEX = "fail2ban-regex (from 100k lines)";

function ratio(name: string): string {
  return `${Math.round(figure(name).ratio ?? Number.NaN)} times`;
}

function ours(name: string, digits = 0): string {
  const { ours: value, unit } = figure(name);
  return `${value.toFixed(digits)} ${unit}`;
}

/** Texts with figures that each page must contain. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  "README.md": [`(${ours("foreign flush, 1k bans -> repaired, median")} with 1,000 bans`],
  "docs/benchmarks.md": [
    `An idle daemon holds about ${ours("resident memory, idle")}, of which ${ours("anonymous memory with children, idle")} are its own`,
    `is read ${ratio("fail2ban-regex -o row, sshd, 1000k lines, 2% attacks")} as fast as \`fail2ban-regex\` reads it when 2% of its lines are attacks, and ${ratio("fail2ban-regex -o row, sshd, 1000k lines, half attacks")} when half`,
    `it takes ${ours(HALF, 2)} for a million lines`,
    `the targets ask for ${asked(HALF, "sshg-parser")} (SSHGuard's parser ÷ 8), ${asked(HALF, REGEX)} (fail2ban-regex ÷ 100) and ${asked(HALF, "rg -c")} (ripgrep × 6)`,
    `on the quiet log ${ours(QUIET, 2)}, against ${asked(QUIET, "sshg-parser")} (SSHGuard's parser) and ${asked(QUIET, "rg -c")} (ripgrep)`,
  ],
};

for (const [page, said] of Object.entries(SAID))
  test(`${page} has the recorded figures`, () => {
    const text = readFileSync(join(import.meta.dirname, "../..", page), "utf8");
    assert.deepEqual(
      said.filter((sentence) => !text.includes(sentence)),
      [],
    );
  });

test("rows with a limit reach it, except those that docs/benchmarks.md names", () => {
  const missed = figures.filter(({ target, reached }) => target.kind === "limit" && !reached);
  assert.deepEqual(
    missed.map(({ name }) => name),
    [
      "last failing line -> kernel set, 99th percentile",
      "resident memory, idle",
      "resident memory, 149 filters, 20 jails live",
    ],
  );
});
