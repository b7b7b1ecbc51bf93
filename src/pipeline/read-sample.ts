/**
 * Reads the lines of a sample with the daemon's own reader and router, which takes off time, host and program, and
 * unwraps what container runtimes write. Bounded by MAX_LINES, MAX_CHARACTERS and the signal.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { systemClock } from "../host/system-clock.ts";
import { localOffset } from "../host/time-zone.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";
import { createHeader } from "../parse/header/header.ts";
import { readHeader } from "../parse/header/read-header.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import { readOnce } from "../source/file/read-once.ts";

const MAX_LINES = 50_000;
const MAX_CHARACTERS = 32 * 1024 * 1024;

export interface SampleLine {
  /** The line as written, without what a container runtime wrote around it. */
  readonly line: string;
  readonly message: string;
  /** The program in its syslog header; "": none. */
  readonly program: string;
}

export interface SampleLines {
  readonly lines: readonly SampleLine[];
  /** Whether reading ended before the end of the sample. */
  readonly isPartial: boolean;
}

/** Reads files, or standard input as "-". Throws the system's error when one cannot be read. */
export async function readSample(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<SampleLines> {
  const lines: SampleLine[] = [];
  let left = MAX_CHARACTERS;
  const isFull = (): boolean => lines.length >= MAX_LINES || left <= 0 || signal.aborted;
  for (const path of paths) {
    const router = createLineRouter(
      [{ filter: compileNothing(), accepts: undefined }],
      localOffset,
    );
    for await (const batch of readOnce({ path, signal })) {
      router.route({ ...batch, arrival: "backlog" }, systemClock.now(), {
        matched() {},
        unrecognized(_entries, { start, end, message, unwrapped }) {
          if (isFull()) return;
          const line = (unwrapped ?? batch.text.slice(start, end)).trimEnd();
          const text = (unwrapped ?? batch.text).slice(
            message,
            unwrapped === undefined ? end : undefined,
          );
          left -= line.length;
          lines.push(describe(line, text.trimEnd()));
        },
      });
      if (isFull()) return { lines, isPartial: true };
    }
  }
  return { lines, isPartial: signal.aborted };
}

/** Finds the program before the message, if the router took a header off. */
function describe(line: string, message: string): SampleLine {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  const { programStart, programEnd, messageStart } = header;
  const isHeader = programEnd > programStart && line.length - messageStart === message.length;
  return { line, message, program: isHeader ? line.slice(programStart, programEnd) : "" };
}

/** Compiles a filter that gets every line and recognizes none, so that the router reports all messages. */
function compileNothing(): Filter {
  const filter = compileFilter(RECOGNIZES_NOTHING, "normal");
  if (!filter.ok) throw new Error("the filter that recognizes nothing does not compile");
  return filter.value;
}

const RECOGNIZES_NOTHING: FilterDefinition = {
  ...{ name: "sample", description: "", path: "sample", programs: [], journal: [], files: [] },
  ports: [],
  rules: [
    {
      ...{ id: "nothing", is: "neutral", mode: "normal", counting: "each", closes: false },
      login: "password",
      // No log line contains this character: sources read it as the end of a cut line.
      recognize: { kind: "line", patterns: ["\u0000nothing"] },
    },
  ],
  samples: [],
};
