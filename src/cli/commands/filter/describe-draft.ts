/** Describes a drafted filter: its rules, what they recognize in the sample, what was left out, what to do next. */
import { amount } from "../../../domain/amount.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import { report, safe } from "../../terminal.ts";
import type { DraftedFilter, LeftOut } from "./draft-filter.ts";
import { routeSample } from "./route-sample.ts";
import type { SampleLine } from "../../../pipeline/read-sample.ts";

export interface DraftFacts {
  /** Lines of the sample. */
  readonly lines: readonly SampleLine[];
  /** Whether an administrator said what the lines mean. */
  readonly isConfirmed: boolean;
  /** Whether it was written to a directory that was named. */
  readonly isElsewhere: boolean;
  /** Files in which the lines were found; empty: unknown. */
  readonly read: readonly string[];
}

export function describeDraft(
  { leftOut }: DraftedFilter,
  definition: FilterDefinition,
  { lines, isConfirmed, isElsewhere, read }: DraftFacts,
): string {
  const { name, path, rules } = definition;
  const counts = countLines(definition, lines);
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const named = isElsewhere ? path : name;
  return [
    `Written: ${path}`,
    `${amount(rules.length, "rule")} for ${known} of ${amount(lines.length, "line")}:`,
    ...rules.map(({ id, is }) => `  ${id}: ${is}, ${amount(counts.get(id) ?? 0, "line")}`),
    ...describeLeftOut(leftOut),
    describePlace(definition, read),
    "Next:",
    `  bailiff filter test ${named}`,
    `  bailiff filter explain ${named} 'A LINE OF THE LOG'`,
    ...(isElsewhere ? [] : [`  bailiff enable ${name}${isConfirmed ? "" : " --unverified"}`]),
    ...(isConfirmed
      ? []
      : ["No person confirmed these rules: review them, then remove unverified = true."]),
  ].join("\n");
}

function describePlace(
  { name, files, programs }: FilterDefinition,
  read: readonly string[],
): string {
  const whose = programs.length === 0 ? "" : `lines of ${programs.join(", ")} in `;
  if (files.length > 0)
    return `It reads ${whose}${files.join(", ")}. Add the ports of the service: ports = [ … ].`;
  return read.length > 0
    ? `In it, "files" is a comment with ${read.join(", ")}: correct it to where the service logs and remove the "#", or write journal = ["_SYSTEMD_UNIT=${name}.service"]; and add ports = [ … ].`
    : `Add to it where the service logs, files = [ … ] or journal = ["_SYSTEMD_UNIT=${name}.service"], and ports = [ … ].`;
}

export function describeNoDraft({ leftOut }: DraftedFilter): string {
  return leftOut.length === 0
    ? "Nothing was written, because no kind of message is a failure. On a terminal you are asked which ones are."
    : [
        "No rule for failures was possible, so nothing was written.",
        ...describeLeftOut(leftOut),
      ].join("\n");
}

/** Maximum number of kinds that are listed with their reasons. */
const MAX_LEFT_OUT = 12;

function describeLeftOut(leftOut: readonly LeftOut[]): readonly string[] {
  const more = leftOut.length - MAX_LEFT_OUT;
  return [
    ...leftOut
      .slice(0, MAX_LEFT_OUT)
      .flatMap(({ shape, reason }) => [
        `Left out: ${safe(shape.mined.text)}`,
        `  ${report(reason)}`,
      ]),
    ...(more > 0 ? [`Left out: ${amount(more, "further kind")} of messages`] : []),
  ];
}

/** Counts the lines of the sample that each rule recognizes. */
function countLines(
  definition: FilterDefinition,
  lines: readonly SampleLine[],
): ReadonlyMap<string, number> {
  const routed = routeSample(
    definition,
    lines.map(({ line }) => line),
  );
  const counts = new Map<string, number>();
  for (const match of routed?.matches ?? [])
    if (match !== undefined) counts.set(match.rule, (counts.get(match.rule) ?? 0) + 1);
  return counts;
}
