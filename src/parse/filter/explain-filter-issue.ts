/**
 * Explains a problem in the shape of a filter file: what was found, what is allowed, and what was probably meant.
 * Converts an issue of the schema to a problem without a line; its key identifies the location.
 */
import type * as v from "valibot";
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import { RECORD_FORMATS } from "../../domain/filter-definition.ts";
import { isRecord } from "../../domain/json.ts";
import type { Problem } from "../../domain/problem.ts";
import { ENTRIES, TAKES } from "./explain-filter-issue/accepted-values.ts";
import { ELSEWHERE, MEANT } from "./explain-filter-issue/usual-mistakes.ts";

/** Explains the issues of one file, each problem once. */
export function explainFilterIssues(
  issues: readonly v.BaseIssue<unknown>[],
  path: string,
): readonly Problem[] {
  const problems = issues.flatMap((issue) => explain(issue, path, []));
  return [...new Map(problems.map((one) => [`${one.key} ${one.got}`, one])).values()];
}

/** `above`: keys of the tables and lists that contain it. */
function explain(
  issue: v.BaseIssue<unknown>,
  path: string,
  above: readonly unknown[],
): readonly Problem[] {
  const steps = issue.path ?? [];
  // A list has keys too, so the schema reports each of its values as an unknown key of the table.
  const list = steps.findIndex(({ type, input }) => type !== "array" && Array.isArray(input));
  const ownSteps = list < 0 ? steps : steps.slice(0, list);
  const keys = [...above, ...ownSteps.map((step) => step.key)];
  // A union reports an issue too, but the issues of its closest branch are more precise.
  const inner = (issue.issues ?? []).filter((sub) => sub.path !== undefined);
  if (list < 0 && inner.length > 0) return inner.flatMap((sub) => explain(sub, path, keys));
  const isEmptyKey = steps.at(-1)?.origin === "key" && issue.type !== "strict_object";
  const named = isEmptyKey ? keys.slice(0, -1) : keys;
  const place = named.length === 0 ? { path } : { path, key: named.join(".") };
  const general = named.filter((key) => typeof key !== "number").map(String);
  if (list >= 0) return [{ ...place, got: "a list", expected: expectedAt(general) }];
  if (isEmptyKey) return [{ ...place, got: "an empty key", expected: expectedAt(general) }];
  if (issue.type === "strict_object" && issue.expected === "never")
    return [{ ...place, ...explainUnknown(general, issue.received) }];
  const of = typeof named.at(-1) === "number" ? entryAt(general) : expectedAt(general);
  const word = typeof issue.input === "string" ? issue.input : "";
  const words = wordsIn(of);
  const meant = MEANT.get(word.toLowerCase()) ?? "";
  const near = words.includes(meant) ? meant : didYouMean(word, words);
  const hint =
    near === undefined || near === word ? hintOf(issue, general) : `did you mean "${near}"?`;
  const { got, limit } = describe(issue);
  return [
    {
      ...place,
      got,
      expected: of.includes(limit) ? of : `${of}${limit}`,
      ...(hint === undefined ? {} : { hint }),
    },
  ];
}

/** Returns the accepted values of the key, or of the list or table that contains it. */
function expectedAt(keys: readonly string[]): string {
  for (let length = keys.length; length > 0; length--) {
    const known = TAKES.get(keys.slice(0, length).join("."));
    if (known !== undefined) return known;
  }
  return "a table";
}

function entryAt(keys: readonly string[]): string {
  return ENTRIES.get(keys.join(".")) ?? expectedAt(keys);
}

/** Returns what to write instead of a table of fields in a field. */
function hintOf(
  { input }: v.BaseIssue<unknown>,
  [first, second, key]: readonly string[],
): string | undefined {
  const isField = first === "rule" && RECORD_FORMATS.some((format) => format === second);
  return isField && key !== undefined && isRecord(input) && !Array.isArray(input)
    ? `write the names of inner fields with dots between them, as in "${key}.ip" = "{ip}"`
    : undefined;
}

function explainUnknown(
  keys: readonly string[],
  received: string,
): Pick<Problem, "got" | "expected" | "hint"> {
  const [typed = ""] = keys.slice(-1);
  const prefix = keys
    .slice(0, -1)
    .map((key) => `${key}.`)
    .join("");
  const known = [...TAKES.keys()].flatMap((one) => {
    const rest = one.startsWith(prefix) ? one.slice(prefix.length) : "";
    return rest === "" || rest.includes(".") ? [] : [rest];
  });
  // A filter file allows all of these; only a file with `extends` refuses some.
  const near = known.includes(typed) ? undefined : didYouMean(typed, known);
  const meant = near === undefined ? undefined : `did you mean "${near}"?`;
  const hint = known.includes(typed) ? ONLY_RULES : (ELSEWHERE.get(typed) ?? meant);
  const got = `unknown key ${received}`;
  const expected = expectChoice("a valid key", { choices: known, hint });
  return hint === undefined ? { got, expected } : { got, expected, hint };
}

const ONLY_RULES =
  "remove it: a file with extends only adds rules and samples to the filter that it names";

function wordsIn(expected: string): readonly string[] {
  return expected.match(/(?<=")[a-z\d-]+(?=")/g) ?? [];
}

/** Describes the value that was found, and with a limit that it exceeds or falls short of, the limit. */
function describe(issue: v.BaseIssue<unknown>): { readonly got: string; readonly limit: string } {
  const { received, input, type } = issue;
  const requirement = Number(issue.requirement);
  const of = (got: string, limit = ""): { got: string; limit: string } => ({ got, limit });
  if (Array.isArray(input)) {
    const { length } = input;
    if (length === 0) return of("an empty list");
    if (type === "min_length") return of(`a list of ${length}`, `, of at least ${requirement}`);
    return type === "max_length"
      ? of(`a list of ${length}`, `, of at most ${requirement}`)
      : of("a list");
  }
  if (typeof input === "string") {
    if (input === "") return of("an empty text");
    return type === "max_length"
      ? of(`a text of ${input.length} characters`, `, of at most ${requirement} characters`)
      : of(JSON.stringify(input.slice(0, 80)));
  }
  if (input === undefined) return of("nothing");
  if (!isRecord(input)) return of(received);
  return of(type === "min_entries" ? "an empty table" : "a table");
}
