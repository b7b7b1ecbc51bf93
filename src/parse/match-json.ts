/** JSON lines: rules name fields by dotted path, each with a pattern its whole value must match. */
import { type Captures, firstCapture } from "./captures.ts";
import type { CompiledRule, JsonRule } from "./compile-filter.ts";
import { execute } from "./execute.ts";
import { executeLong, LONG_MESSAGE } from "./long-message.ts";
import { readCount } from "./read-number.ts";
import type { Effort } from "./search-effort.ts";

export interface JsonMatch {
  /** As it is written: an address, or a name. */
  readonly peer: string | undefined;
  readonly user: string | undefined;
  readonly repeated: number;
  /** Where the line may say when it happened, as it is written there, best first: not each can be read as a time. */
  readonly times: readonly string[];
}

export interface JsonLine {
  match(rule: JsonRule, effort: Effort): JsonMatch | undefined;
}

/** A line that is no JSON object matches nothing. Parsed once, whatever the number of rules. */
export function matchJson(line: string): JsonLine {
  const root = parse(line);
  return {
    match: (rule, effort) => (root === undefined ? undefined : matchFields(root, rule, effort)),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON is an ordinary outcome here: the line is simply not recognised.
    return undefined;
  }
}

function matchFields(root: unknown, rule: JsonRule, effort: Effort): JsonMatch | undefined {
  let ip: string | undefined;
  let host: string | undefined;
  let user: string | undefined;
  let repeated = 1;
  let time: string | undefined;
  for (const field of rule.fields) {
    const value = valueAt(root, field.path);
    if (value === undefined) return undefined;
    const captures = matchValue(field.rule, value, effort);
    if (captures === null) return undefined;
    ip ||= firstCapture(captures, field.rule.ipGroups);
    host ||= firstCapture(captures, field.rule.hostGroups);
    user ??= firstCapture(captures, field.rule.userGroups);
    const count = firstCapture(captures, field.rule.repeatGroups);
    if (count !== undefined) repeated = readCount(count);
    time ??= firstCapture(captures, field.rule.timeGroups);
  }
  return {
    peer: ip || host,
    user,
    repeated,
    times: time === undefined ? usualTimes(root) : [time, ...usualTimes(root)],
  };
}

function matchValue(rule: CompiledRule, value: string, effort: Effort): Captures | null {
  const text = `${value}\n`;
  return value.length > LONG_MESSAGE
    ? executeLong(rule, text, effort)
    : execute(rule, text, 0, value.length);
}

/** Where writers of JSON lines put the time, when the rule does not name the field. */
const TIME_FIELDS = [
  ...["time", "timestamp", "@timestamp", "ts", "datetime", "date", "asctime", "@t", "t"].map(
    (key) => [key],
  ),
  // MongoDB
  ["t", "$date"],
];

function usualTimes(root: unknown): readonly string[] {
  const times = TIME_FIELDS.flatMap((path) => valueAt(root, path) ?? []);
  const [date, time] = [valueAt(root, ["date"]), valueAt(root, ["time"])];
  return date === undefined || time === undefined ? times : [...times, `${date} ${time}`];
}

/** A string, number or boolean as text without line breaks and blanks around it; a key that itself holds dots is found as well. */
function valueAt(root: unknown, path: readonly string[]): string | undefined {
  let value = root;
  for (const [depth, key] of path.entries()) {
    const rest = path.slice(depth).join(".");
    if (depth < path.length - 1 && isRecord(value) && Object.hasOwn(value, rest)) {
      value = value[rest];
      break;
    }
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" ? value.replaceAll("\n", " ").trim() : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
