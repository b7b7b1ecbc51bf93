import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { WatchedJail } from "../jail-check.ts";
import { SourceCheck } from "./check-source.ts";
import { type SourceFacts, sourceProof } from "./check-source/source-proof.ts";

const START = Date.parse("2026-11-30T12:00:00Z");

test("a journal without writers proves nothing, even if every entry was read", async () => {
  const directory = mkdtempSync(join(tmpdir(), `bailiff-no-journal-${process.pid}-`));
  const source = { kind: "journal", where: "journal everything", state: "reading", lines: 0 };
  const search = { source: { kind: "journal", matches: [[]], directory } };
  const jail = { live: { jail: { name: "sshd" }, search }, source } as unknown as WatchedJail;
  const statusOf = () => undefined;
  const check = new SourceCheck({ clock: systemClock, statusOf, onChange: () => undefined });
  const lookAt = async (seconds: number): Promise<unknown> => {
    const now: Instant = instant(START + seconds * 1000);
    await check.look([jail], now);
    const [proof] = check.proofs(jail, now);
    return proof?.kind === "found" ? `${proof.cause}: ${proof.evidence}` : proof?.kind;
  };
  const missing = `source-failed: no journal found: ${directory} contains no file that journald writes to`;
  const journal = join(directory, "system.journal");
  try {
    assert.equal(await lookAt(0), missing, "none was ever found");
    writeFileSync(journal, "");
    assert.equal(await lookAt(30), "proven");
    rmSync(journal);
    assert.equal(await lookAt(60), "proven", "a rotation leaves none for a moment");
    assert.equal(await lookAt(90), missing);
    writeFileSync(journal, "");
    assert.equal(await lookAt(120), "proven");
  } finally {
    check.close?.();
    rmSync(directory, { recursive: true });
  }
});

test("an open quote that holds back lines is no failure of the reader", () => {
  const at = instant(START);
  const jail = { name: "gate", filter: { name: "gate" }, unstamped: 0 };
  const source = { kind: "file", where: "/var/log/gate.csv", state: "reading", lines: 7 };
  const proof = sourceProof(
    {
      ...({ live: { jail, search: {} }, source } as unknown as Pick<
        SourceFacts,
        "live" | "source"
      >),
      ...{ denied: undefined, isJournalMissing: false, beganAt: at },
      comparison: { kind: "held", at, evidence: "a quote is open" },
    },
    at,
  );
  assert.ok(proof.kind === "found" && proof.cause === "quote-open", JSON.stringify(proof));
  assert.match(
    proof.fix,
    /^state escapes_line_breaks = true in filter gate if .*, or escapes line/,
  );
  assert.doesNotMatch(proof.fix, /restart/);
});

test("a path without a file is not said to be read, although others are", () => {
  const at = instant(START);
  const jail = { name: "web", filter: { name: "nginx" }, unstamped: 0 };
  const source = {
    ...{ kind: "file", where: "/log/a, /log/b", state: "reading", lines: 7 },
    ...{ cutLines: 0, missing: ["/log/b"] },
  };
  const proof = sourceProof(
    {
      ...({ live: { jail, search: {} }, source } as unknown as Pick<
        SourceFacts,
        "live" | "source"
      >),
      ...{ denied: undefined, isJournalMissing: false, beganAt: at, comparison: undefined },
    },
    at,
  );
  assert.ok(proof.kind === "proven");
  assert.equal(proof.evidence, "reads file /log/a, /log/b (no such file yet: /log/b): 7 lines");
});
