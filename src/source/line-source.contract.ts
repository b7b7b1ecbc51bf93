/** Defines the contract of every source, and runs it against each of them with real parts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineSource } from "../domain/line-source.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import { startReading } from "./reading.fixture.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";

export interface SourceBench {
  open(emit: Emit, resume: (key: string) => string | undefined): LineSource;
  /** Appends lines to the medium; bytes are written as they are. */
  write(lines: readonly (string | Buffer)[]): void;
  close(): Promise<void>;
}

export interface ContractOptions {
  readonly name: string;
  /** Whether its cursor lets a second reader resume where the first stopped. */
  readonly cursor: "durable" | "none";
  /** Whether the medium accepts lines longer than `MAX_LINE_BYTES`. */
  readonly longLines: "passed" | "refused";
  readonly bench: () => Promise<SourceBench>;
}

export function lineSourceContract(options: ContractOptions): void {
  const { name } = options;

  test(`${name}: lines come in order, each once`, async () => {
    await using bench = await openBench(options);
    await using reading = startReading(bench.open());
    const first = numbered(0, 500);
    bench.write(first);
    await reading.until(500);
    const second = numbered(500, 1000);
    bench.write(second);
    await reading.until(1000);
    await reading.stop();
    assert.deepEqual(reading.lines, [...first, ...second]);
  });

  test(`${name}: status counts and ends`, async () => {
    await using bench = await openBench(options);
    const source = bench.open();
    await using reading = startReading(source);
    bench.write(["a", "b", "c"]);
    await reading.until(3);
    assert.equal(source.status().lines, 3);
    assert.equal(source.status().state, "reading");
    assert.notEqual(source.status().lastLineAt, undefined);
    await reading.stop();
    assert.equal(source.status().state, "ended");
  });

  test(`${name}: hostile bytes come out as clean text`, async () => {
    await using bench = await openBench(options);
    await using reading = startReading(bench.open());
    bench.write([Buffer.from("bad \xff\xfe end", "latin1"), "über 漢字", "after"]);
    const lines = await reading.until(3);
    await reading.stop();
    assert.deepEqual(lines, ["bad \ufffd\ufffd end", "über 漢字", "after"]);
  });

  if (options.longLines === "passed")
    test(`${name}: a line over the maximum is cut, counted and reported once`, async () => {
      await using bench = await openBench(options);
      const source = bench.open();
      await using reading = startReading(source);
      bench.write(["x".repeat(20_000), "between", "y".repeat(600_000), "after"]);
      const lines = await reading.until(4);
      await reading.stop();
      const bounded = [
        ...["x".repeat(MAX_LINE_BYTES) + CUT_MARK, "between"],
        ...["y".repeat(MAX_LINE_BYTES) + CUT_MARK, "after"],
      ];
      assert.ok(
        lines.every((line, i) => line === bounded[i]),
        "cut to the bound and marked, in order",
      );
      assert.equal(source.status().cutLines, 2);
      assert.equal(bench.events.filter(({ event }) => event === "line-cut").length, 1);
    });

  if (options.cursor === "durable")
    test(`${name}: a second reader resumes after the cursor of the first`, async () => {
      await using bench = await openBench(options);
      await using witness = startReading(bench.open());
      await using first = startReading(bench.open());
      bench.write(["one", "two"]);
      await first.until(2);
      await first.stop();
      bench.write(["three", "four"]);
      // Wait until all four lines are in the medium before the second reader starts.
      await witness.until(4);
      await using second = startReading(bench.open((key) => first.cursors.get(key)));
      await second.until(2);
      bench.write(["five"]);
      await second.until(3);
      await second.stop();
      assert.deepEqual(second.lines, ["three", "four", "five"]);
      assert.deepEqual(second.batches.map((batch) => batch.arrival).at(0), "backlog");
      assert.deepEqual(second.batches.map((batch) => batch.arrival).at(-1), "live");
    });

  test(`${name}: equal definitions have equal identity`, async () => {
    await using bench = await openBench(options);
    assert.equal(bench.open().id, bench.open().id);
  });
}

export function numbered(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, i) => `line number ${from + i}`);
}

interface OpenBench extends AsyncDisposable {
  readonly events: readonly TelemetryEvent[];
  open(resume?: (key: string) => string | undefined): LineSource;
  write(lines: readonly (string | Buffer)[]): void;
}

async function openBench(options: ContractOptions): Promise<OpenBench> {
  const bench = await options.bench();
  const events: TelemetryEvent[] = [];
  const emit: Emit = (event) => events.push(event);
  return {
    events,
    open: (resume = () => undefined) => bench.open(emit, resume),
    write: (lines) => bench.write(lines),
    [Symbol.asyncDispose]: () => bench.close(),
  };
}
