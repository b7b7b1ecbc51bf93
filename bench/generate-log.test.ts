import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type LogOptions, writeLog } from "./generate-log.ts";

const OPTIONS: LogOptions = { lines: 5000, attacks: 0.5, header: "rfc3164", seed: 7 };

function generate(options: LogOptions): { readonly text: string; readonly attackLines: number } {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-log-"));
  try {
    const { attackLines } = writeLog(join(folder, "log"), options);
    return { text: readFileSync(join(folder, "log"), "utf8"), attackLines };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the same options give the same log, another seed another one", () => {
  assert.equal(generate(OPTIONS).text, generate(OPTIONS).text);
  assert.notEqual(generate(OPTIONS).text, generate({ ...OPTIONS, seed: 8 }).text);
});

test("the log has the requested number of lines, share of attacks and header format", () => {
  for (const attacks of [0.5, 0.02]) {
    const { text, attackLines } = generate({ ...OPTIONS, attacks });
    const lines = text.split("\n");
    assert.equal(lines.pop(), "");
    assert.equal(lines.length, OPTIONS.lines);
    assert.ok(Math.abs(attackLines / OPTIONS.lines - attacks) < 0.01);
    assert.ok(lines.every((line) => /^Jan [ \d]\d \d\d:\d\d:\d\d web1 \S+: /.test(line)));
  }
  const iso = generate({ ...OPTIONS, header: "rfc3339" })
    .text.split("\n")
    .slice(0, -1);
  assert.ok(iso.every((line) => /^2026-01-\d\dT[\d:]{8}\.\d{6}\+00:00 web1 \S+: /.test(line)));
});
