/** A book in a file, to which other programs do something while it is open. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import type { BanBook, BookStep } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import { sampleAt, sampleBan, sampleFailure } from "./sample-entries.fixture.ts";

export const folder: string = mkdtempSync(join(tmpdir(), `bailiff-truncated-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
export const clock: Clock = { now: () => sampleAt(0), monotonic: () => 0 };

export interface OpenBook extends AsyncDisposable {
  readonly book: BanBook;
  readonly path: string;
  readonly events: TelemetryEvent[];
  /** Resolves with the next event of that name. */
  readonly next: (event: TelemetryEvent["event"]) => Promise<TelemetryEvent>;
}

export function open(name: string): OpenBook {
  const path = join(folder, name, "book.db");
  const events: TelemetryEvent[] = [];
  const waiting = new Map<string, (event: TelemetryEvent) => void>();
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    waiting.get(event.event)?.(event);
  };
  const retry = { first: duration(1), longest: duration(1) };
  const book = openBook({ path, clock, emit, retry });
  return {
    ...{ book, path, events },
    next: (event) => new Promise((resolve) => void waiting.set(event, resolve)),
    [Symbol.asyncDispose]: () => book[Symbol.asyncDispose](),
  };
}

export function fill(book: BanBook, bans: number): void {
  const steps = Array.from({ length: bans }, (_, n) => [sampleFailure(n), sampleBan(n)]).flat();
  book.commit({ steps, cursors: [{ key: "log", value: "5" }] });
}

export function subjects(book: BanBook): number {
  return [...book.activeBans({})].length;
}

export function setAsideFiles(path: string): readonly string[] {
  return readdirSync(dirname(path)).filter((name) => /^book\.db\.damaged-.*Z(\.\d+)?$/.test(name));
}

export function checkpoint(book: BanBook): Promise<void> {
  return book.prune(sampleAt(0), { windows: sampleAt(0), detectors: sampleAt(0) });
}

/** Opens a book of an earlier start, so that only pages of its last writes, and what it read, are in memory. */
export async function reopen(name: string, steps: readonly BookStep[]): Promise<OpenBook> {
  {
    await using first = open(name);
    first.book.commit({ steps, cursors: [] });
  }
  const again = open(name);
  again.book.commit({ steps: [sampleBan(0)], cursors: [] });
  return again;
}
