/** Matches JSON lines: rules name fields by dotted path, each with a pattern for its whole value. */
import { type Captures, firstCapture } from "../filter/captures.ts";
import type { CompiledRule, JsonFieldRule, JsonRule } from "../filter/compile-filter.ts";
import { connectionIn } from "../filter/connection-field.ts";
import { execute } from "../route/execute.ts";
import {
  CHARACTERS_PER_STEP,
  executeLong,
  LONG_MESSAGE_LENGTH,
  mayBegin,
  MAX_TRIED,
} from "../route/long-message.ts";
import { readCount } from "../route/read-number.ts";
import type { Effort } from "../expression/search-effort.ts";
import { isRecord, parseJson } from "../../domain/json.ts";

export interface JsonMatch {
  /** As written: an address, or a name. */
  readonly peer: string | undefined;
  readonly user: string | undefined;
  readonly repeated: number;
  /** Possible times as written, best first; some may not be parsable. */
  readonly times: readonly string[];
  readonly connection: string | undefined;
}

/** A line that is not a JSON object matches nothing. */
export class JsonLine {
  readonly #root: unknown;
  readonly #effort: Effort;
  /** Parsed once, whatever the number of rules. */
  readonly #values = new Map<string, Value | undefined>();
  #times: readonly string[] | undefined;
  /** Number of rules that V8 ran. */
  #tried = 0;

  constructor(line: string, effort: Effort) {
    this.#effort = effort;
    effort.left -= line.length / CHARACTERS_PER_STEP;
    this.#root = parseJson(line);
  }

  match(rule: JsonRule): JsonMatch | undefined {
    let ip: string | undefined;
    let host: string | undefined;
    let user: string | undefined;
    let repeated = 1;
    let time: string | undefined;
    let connection: string | undefined;
    for (const field of rule.fields) {
      const captures = this.#matchField(field);
      if (captures === null) return undefined;
      ip ||= firstCapture(captures, field.rule.ipGroups);
      host ||= firstCapture(captures, field.rule.hostGroups);
      user ??= firstCapture(captures, field.rule.userGroups);
      const count = firstCapture(captures, field.rule.repeatGroups);
      if (count !== undefined) repeated = readCount(count);
      time ??= firstCapture(captures, field.rule.timeGroups);
      connection ??= connectionIn(captures, field.rule);
    }
    const times = (this.#times ??= usualTimes((key) => this.#valueAt(key, key.split("."))?.line));
    return {
      peer: ip || host,
      user,
      repeated,
      connection,
      times: time === undefined ? times : [time, ...times],
    };
  }

  #matchField({ path, key, rule }: JsonFieldRule): Captures | null {
    const value = this.#valueAt(key, path);
    if (value === undefined) return null;
    const captures = this.#matchLine(rule, value.line);
    // "3.5" is not a number of attempts, but the rest of the line still counts.
    return captures === null && value.isNumber && rule.repeatGroups.length > 0 ? NOTHING : captures;
  }

  #matchLine(rule: CompiledRule, line: string): Captures | null {
    const effort = this.#effort;
    if (!mayBegin(rule.openings, line, effort)) return null;
    const length = line.length - 1;
    if (length > LONG_MESSAGE_LENGTH || this.#tried >= MAX_TRIED)
      return executeLong(rule, line, effort);
    this.#tried++;
    return execute(rule, line, 0, length);
  }

  #valueAt(key: string, path: readonly string[]): Value | undefined {
    if (this.#values.has(key)) return this.#values.get(key);
    const value = valueAt(this.#root, path);
    this.#effort.left -= 1 + (value?.line.length ?? 0) / CHARACTERS_PER_STEP;
    this.#values.set(key, value);
    return value;
  }
}

const NOTHING: Captures = [];

interface Value {
  /** Ends in "\n". */
  readonly line: string;
  readonly isNumber: boolean;
}

/** The usual time fields of JSON logs, if the rule names none. */
const TIME_FIELDS = [
  ...["time", "timestamp", "@timestamp", "ts", "datetime", "date", "asctime", "@t", "t"],
  // MongoDB
  "t.$date",
];

function usualTimes(lineAt: (key: string) => string | undefined): readonly string[] {
  const valueOf = (key: string): string | undefined => lineAt(key)?.slice(0, -1);
  const times = TIME_FIELDS.flatMap((key) => valueOf(key) ?? []);
  const [date, time] = [valueOf("date"), valueOf("time")];
  return date === undefined || time === undefined ? times : [...times, `${date} ${time}`];
}

/**
 * A string, number or boolean as text without line breaks and surrounding spaces; also finds a key that contains dots.
 */
function valueAt(root: unknown, path: readonly string[]): Value | undefined {
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
  if (typeof value === "number") return { line: `${numberText(value)}\n`, isNumber: true };
  if (typeof value === "boolean") return { line: `${value}\n`, isNumber: false };
  if (typeof value !== "string") return undefined;
  return { line: `${value.replaceAll("\n", " ").trim()}\n`, isNumber: false };
}

/** An integer in digits, however large. */
function numberText(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : String(value);
}
