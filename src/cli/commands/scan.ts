import { writeSync } from "node:fs";
import { basename } from "node:path";
import { loadFilter, loadFilters, SHIPPED_FILTERS } from "../../daemon/load-filters.ts";
import {
  type ScanSummary,
  type ScannedLine,
  type Shape,
  scan as scanLog,
} from "../../daemon/scan.ts";
import { CodedError } from "../../domain/errors.ts";
import type { FilterMode } from "../../domain/filter-definition.ts";
import { formatProblem } from "../../domain/problem.ts";
import { type Filter, compileFilter } from "../../parse/compile-filter.ts";
import { localOffset } from "../../platform/host.ts";
import { systemClock } from "../../platform/system-clock.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { safe } from "../terminal.ts";

export interface ScanCommandOptions {
  readonly filter: readonly string[];
  readonly mode: FilterMode;
  readonly json: boolean;
}

export async function scan(
  context: CommandContext,
  path: string,
  options: ScanCommandOptions,
): Promise<ExitCode> {
  const filters = await Promise.all(options.filter.map((name) => openFilter(name, options.mode)));
  const output = options.json ? createLineWriter() : undefined;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const summary = await scanLog({
      path,
      filters,
      clock: systemClock,
      localOffset,
      signal: stop.signal,
      onLine: output?.write,
      onProgress: createProgressBar(path),
    });
    output?.end();
    if (!options.json) context.terminal.print(describe(summary, options.filter));
    return stop.signal.aborted ? EXIT.no : EXIT.ok;
  } catch (error) {
    throw asCoded(error, path);
  }
}

function asCoded(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof CodedError) return error;
  const [reason, hint] = explainUnreadable(error);
  return new CodedError("no-input", `cannot read ${path}: ${reason}`, { cause: error, hint });
}

function explainUnreadable(error: Error & { readonly code: unknown }): readonly [string, string] {
  switch (error.code) {
    case "ENOENT":
      return ["there is no such file", 'name a log, a .gz, or "-" for standard input'];
    case "EISDIR":
      return [
        "it is a directory",
        "name one log in it, or pipe many: cat DIR/* | bailiff scan … -",
      ];
    case "EACCES":
      return ["permission denied", "run it as a user who may read the log, or with sudo"];
    default:
      return [error.message, "is it a plain log, or a .gz of one?"];
  }
}

/** A name of the library, or the path of a filter file. */
async function openFilter(name: string, mode: FilterMode): Promise<Filter> {
  const definition =
    name.includes("/") || name.endsWith(".toml") ? await fromFile(name) : await fromLibrary(name);
  const filter = compileFilter(definition, mode);
  if (filter.ok) return filter.value;
  throw new CodedError("bad-config", filter.error.map(formatProblem).join("\n"));
}

async function fromFile(path: string): ReturnType<typeof fromLibrary> {
  const read = await loadFilter(path);
  if (read.ok) return read.value;
  throw new CodedError("bad-config", read.error.map(formatProblem).join("\n"));
}

async function fromLibrary(name: string) {
  const { filters, problems } = await loadFilters([SHIPPED_FILTERS, "/etc/bailiff/filters"]);
  const definition = filters.get(name);
  if (definition !== undefined) return definition;
  const broken = problems.filter(({ path }) => basename(path, ".toml") === name);
  if (broken.length > 0) throw new CodedError("bad-config", broken.map(formatProblem).join("\n"));
  throw new CodedError("usage", `there is no filter "${name}"`, {
    hint: `filters: ${[...filters.keys()].join(", ")}; or give the path of a file`,
  });
}

/** Gathers lines into large writes: one write a line would cost more than reading it. */
function createLineWriter(): {
  readonly write: (line: ScannedLine) => void;
  readonly end: () => void;
} {
  let buffer = "";
  const end = (): void => {
    writeFully(buffer);
    buffer = "";
  };
  return {
    write: (line) => {
      buffer += `${JSON.stringify(line)}\n`;
      if (buffer.length > 65_536) end();
    },
    end,
  };
}

/** Standard output may be a pipe that is full for the moment; the reader decides the pace. */
function writeFully(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if (code === "EPIPE") process.exit(EXIT.ok);
      if (code !== "EAGAIN") throw error;
      waitForReader();
    }
  }
}

function waitForReader(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

const LARGE_FILE = 20_000_000;
const BAR = 30;

/** On a terminal and for a large file only. */
function createProgressBar(
  path: string,
): ((progress: { bytes: number; total: number | undefined }) => void) | undefined {
  if (process.stderr.isTTY !== true) return undefined;
  let shown = -1;
  return ({ bytes, total }) => {
    if (total === undefined || total < LARGE_FILE) return;
    const percent = Math.floor((bytes / total) * 100);
    if (percent === shown) return;
    shown = percent;
    const filled = "#".repeat(Math.round((percent / 100) * BAR)).padEnd(BAR, ".");
    process.stderr.write(
      percent === 100 ? "\r\u001b[K" : `\r[${filled}] ${percent}% ${safe(basename(path))}`,
    );
  };
}

const TOP = 10;

function describe(summary: ScanSummary, filters: readonly string[]): string {
  const { kinds, lines, attempts, unrecognised, cut } = summary;
  const parts = [
    `${lines} lines, filter ${filters.join(", ")}: ${kinds.failure} failures (${attempts} attempts), ${kinds.success} successes, ${kinds.pending} context, ${kinds.neutral} neutral, ${unrecognised} not recognized`,
  ];
  if (cut > 0) parts.push(`${cut} lines were longer than 16 KiB and cut.`);
  const rules = top(summary.rules);
  if (rules.length > 0)
    parts.push(
      "",
      formatTable({
        headings: ["LINES", "RULE"],
        rows: rules.map(([rule, n]) => [String(n), rule]),
      }),
    );
  const addresses = summary.addresses.top(TOP);
  if (addresses.length > 0) {
    const rows = addresses.map(([ip, n]) => [String(n), ip]);
    parts.push(
      "",
      `${summary.addresses.size}${summary.addresses.more ? " or more" : ""} addresses; most attempts:`,
      formatTable({ headings: ["ATTEMPTS", "ADDRESS"], rows }),
    );
  }
  if (summary.shapes.size > 0)
    parts.push("", "Not recognized, by shape:", describeShapes(summary.shapes));
  return parts.join("\n");
}

function top(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, TOP);
}

function describeShapes(shapes: ReadonlyMap<string, Shape>): string {
  const sorted = [...shapes].sort((a, b) => b[1].count - a[1].count).slice(0, TOP * 2);
  const rows = sorted.map(([shape, { count, firstLine }]) => [
    String(count),
    String(firstLine),
    safe(shape),
  ]);
  return formatTable({ headings: ["LINES", "FIRST", "SHAPE"], rows });
}
