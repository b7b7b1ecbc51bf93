/** Reads and writes the state of a program's drift as text, for a restart. An unreadable text counts as no state. */
import * as v from "valibot";
import { type Instant, instant } from "../../domain/instant.ts";
import type { DayCount, LineShare } from "../drift/drift.ts";
import { parseJson } from "../../domain/json.ts";

export interface KeptProgram {
  readonly path: string;
  readonly identity: string;
  /** Package and version; undefined: the file belongs to no package. */
  readonly version: string | undefined;
}

export interface ProgramChange {
  readonly at: Instant;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly path: string;
  readonly before: LineShare;
  readonly since: { readonly known: number; readonly unknown: number };
}

export interface KeptDriftShape {
  readonly number: number;
  /** Whether the shape was reported. */
  readonly told: boolean;
  readonly examples: readonly string[];
  readonly count: number;
  readonly addresses: number;
  readonly first: Instant;
  readonly last: Instant;
}

export interface DriftState {
  /** Sources that the filter read; undefined: no state, or a release that did not save it. */
  readonly scope: string | undefined;
  readonly days: readonly DayCount[];
  readonly program: KeptProgram | undefined;
  readonly change: ProgramChange | undefined;
  readonly shapes: KeptDriftShape[];
}

const when = v.pipe(
  v.number(),
  v.transform((value): Instant => instant(value)),
);
const maybeText = v.optional(v.string());
const counts = v.object({ known: v.number(), unknown: v.number() });

const STATE = v.object({
  scope: maybeText,
  days: v.array(v.object({ day: v.number(), known: v.number(), unknown: v.number() })),
  program: v.optional(v.object({ path: v.string(), identity: v.string(), version: maybeText })),
  change: v.optional(
    v.object({
      at: when,
      from: maybeText,
      to: maybeText,
      path: v.string(),
      before: v.object({ lines: v.number(), unknown: v.number() }),
      since: counts,
    }),
  ),
  shapes: v.array(
    v.object({
      number: v.number(),
      told: v.boolean(),
      examples: v.array(v.string()),
      count: v.number(),
      addresses: v.number(),
      first: when,
      last: when,
    }),
  ),
});

export function parseDriftState(text: string | undefined): DriftState {
  const read = v.safeParse(STATE, parseJson(text ?? ""));
  if (!read.success) return emptyDriftState();
  const { scope, days, program, change, shapes } = read.output;
  return {
    scope,
    days,
    program: program === undefined ? undefined : { ...program, version: program.version },
    change: change === undefined ? undefined : { ...change, from: change.from, to: change.to },
    shapes,
  };
}

export function emptyDriftState(): DriftState {
  return { scope: undefined, days: [], program: undefined, change: undefined, shapes: [] };
}

export function formatDriftState(state: DriftState): string {
  return JSON.stringify(state);
}
