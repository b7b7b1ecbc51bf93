/**
 * Decides whether a client may choose the first value of a filter's CSV rows. Such a row may begin like a line of a syslog
 * daemon. Pure.
 */
import {
  type FilterDefinition,
  isCsv,
  type RecordRecognizer,
} from "../../domain/filter-definition.ts";
import { type PatternPart, parsePattern } from "../pattern/pattern.ts";
import { TIME_FIELDS } from "../structured/match-record.ts";
import { keyOf } from "./compile-record.ts";

/** Returns false if the service writes the time there, or if a rule reads it as a number, an address or certain words. */
export function mayChooseFirstColumn({
  time_field: time,
  columns = [],
  rules,
}: Pick<FilterDefinition, "time_field" | "columns" | "rules">): boolean {
  const isFirst = (key: string): boolean => {
    const parsed = keyOf(key, { format: "csv", columns }, { path: "", key });
    const [path, ...others] = parsed.ok ? parsed.value.paths : [];
    const [step] = path ?? [];
    return others.length === 0 && step?.kind === "key" && step.key === "1";
  };
  const isTime = time === undefined ? TIME_FIELDS.includes(columns[0] ?? "") : isFirst(time);
  if (isTime) return false;
  return !rules.some(({ recognize }) => isCsv(recognize) && statesFirst(recognize, isFirst));
}

function statesFirst({ fields }: RecordRecognizer, isFirst: (key: string) => boolean): boolean {
  const field = fields.find(({ key }) => isFirst(key));
  const parts = field === undefined ? undefined : parsePattern(field.pattern);
  return parts?.ok === true && parts.value.every(isCertain);
}

const CERTAIN_TYPES: readonly string[] = ["ip", "endpoint", "host", "int"];

function isCertain(part: PatternPart): boolean {
  switch (part.kind) {
    case "literal":
      return true;
    case "skip":
      return false;
    case "field":
      return part.name === "time" || CERTAIN_TYPES.includes(part.type);
    case "optional":
      return part.parts.every(isCertain);
    case "choice":
      return part.branches.every((branch) => branch.every(isCertain));
  }
}
