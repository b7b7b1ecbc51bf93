/**
 * What the ban book costs: commits, failures, bans written and streamed, the file's size and this program's memory.
 * Usage: node bench/record.ts [FOLDER]; the folder says which disk is measured (a temporary one by default).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BookStep } from "../src/domain/ban-book.ts";
import type { Block } from "../src/domain/enforcer.ts";
import { systemClock } from "../src/platform/system-clock.ts";
import { openBook } from "../src/record/open-book.ts";
import { sampleAt, sampleBan, sampleFailure } from "../src/record/sample-entries.ts";

const figures: Record<string, string> = {};

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function chunks(count: number, size: number, make: (n: number) => BookStep): BookStep[][] {
  return Array.from({ length: count / size }, (_, c) =>
    Array.from({ length: size }, (_, n) => make(c * size + n)),
  );
}

async function measureWriting(path: string): Promise<void> {
  await using book = openBook({ path, clock: systemClock, emit: () => undefined });
  const singles = Array.from({ length: 20_000 }, (_, n) => [sampleFailure(n)]);
  const each: number[] = [];
  for (const [n, steps] of singles.entries()) {
    each.push(timed(() => book.commit({ steps, cursors: [{ key: "log", value: String(n) }] })));
  }
  each.sort((a, b) => a - b);
  const total = each.reduce((sum, ms) => sum + ms, 0);
  figures["commits of one failure and a cursor, per second"] = (20_000 / (total / 1000)).toFixed(0);
  figures["one such commit, median / p99 / max, ms"] = [0.5, 0.99, 1]
    .map((q) => (each[Math.min(each.length - 1, Math.floor(q * each.length))] ?? 0).toFixed(3))
    .join(" / ");

  const batches = chunks(200_000, 2000, (n) => sampleFailure(n));
  const failuresMs = timed(() => {
    for (const steps of batches) book.commit({ steps, cursors: [{ key: "log", value: "x" }] });
  });
  figures["failures in batches of 2000, us each"] = ((failuresMs * 1000) / 200_000).toFixed(2);
  let read = 0;
  const readMs = timed(() => {
    for (const _ of book.failuresSince(sampleAt(0))) read++;
  });
  figures[`reading back ${read} failures, ms`] = readMs.toFixed(0);

  const bans = chunks(100_000, 1000, (n) => sampleBan(n));
  const bansMs = timed(() => {
    for (const steps of bans) book.commit({ steps, cursors: [] });
  });
  figures["opening 100,000 bans, us each"] = ((bansMs * 1000) / 100_000).toFixed(2);
}
/** In a program of its own, so that its memory is that of a daemon that starts with so many bans. */
async function measureReading(path: string): Promise<void> {
  const before = process.memoryUsage().rss;
  const start = performance.now();
  await using book = openBook({ path, clock: systemClock, emit: () => undefined });
  figures["opening the file of 100,000 bans, ms"] = (performance.now() - start).toFixed(0);
  let streamed = 0;
  const streamMs = timed(() => {
    for (const _ of book.desiredBlocks(sampleAt(0))) streamed++;
  });
  figures[`streaming ${streamed} blocks, ms`] = streamMs.toFixed(0);
  const rss = [before, process.memoryUsage().rss].map((bytes) => (bytes / 1e6).toFixed(0));
  figures["resident memory before / after streaming, MB"] = rss.join(" / ");
  const blocks: readonly Block[] = [...book.desiredBlocks(sampleAt(0))];
  const markMs = timed(() => {
    for (let n = 0; n < blocks.length; n += 1000) book.markEnforced(blocks.slice(n, n + 1000));
  });
  figures["marking them enforced, ms"] = markMs.toFixed(0);
  figures["counting bans per jail, ms"] = timed(() => book.countBans()).toFixed(1);
  let ended = 0;
  const expireMs = timed(() => {
    let some = book.expire(sampleAt(200_000), 1000).length;
    while (some > 0) {
      ended += some;
      some = book.expire(sampleAt(200_000), 1000).length;
    }
  });
  figures[`expiring ${ended} bans, us each`] = ((expireMs * 1000) / ended).toFixed(2);
  figures["verifying the audit chain, ms"] = timed(() => book.verifyAudit()).toFixed(0);
}
function print(): void {
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(55)} ${value}`);
}

const [first, second] = process.argv.slice(2);
if (first === "--read" && second !== undefined) {
  await measureReading(second);
  print();
} else {
  const folder = mkdtempSync(join(first ?? tmpdir(), "bailiff-bench-"));
  const path = join(folder, "bailiff.db");
  try {
    await measureWriting(path);
    figures["file, MB"] = (statSync(path).size / 1e6).toFixed(1);
    print();
    execFileSync(process.execPath, [import.meta.filename, "--read", path], { stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
