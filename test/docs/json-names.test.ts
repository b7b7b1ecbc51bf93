/**
 * Names in events, in requests and replies of the control socket, and in output of `--json` are lower snake_case in
 * American spelling.
 */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { INPUTS } from "../../src/control/parse-request.ts";
import { DURATION_FIELDS, INSTANT_FIELDS } from "../../src/telemetry/event-record.ts";
import { findWording } from "../../tools/language/find-wording.ts";
import { declarationOf, readSource, readSources } from "../../tools/pages/source-text.ts";

const ROOT = join(import.meta.dirname, "../..");
const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** Every field of an interface or a union of objects. */
function fieldsIn(source: string): readonly string[] {
  return [...source.matchAll(/\breadonly (\w+)\??:/g)].map(([, name = ""]) => name);
}

/** The fields of a declaration in the reference. */
function fieldsOf(name: string, path: string): readonly string[] {
  const shown = declarationOf(name, path).replace(/\/\*\*[^]*?\*\//g, "");
  return [...shown.matchAll(/\b(\w+)\??: /g)].map(([, field = ""]) => field);
}

function inputFields(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  if ("entries" in schema && typeof schema.entries === "object" && schema.entries !== null)
    return Object.entries(schema.entries).flatMap(([name, of]) => [name, ...inputFields(of)]);
  const inner = ["wrapped" in schema ? schema.wrapped : undefined];
  if ("item" in schema) inner.push(schema.item);
  if ("options" in schema && Array.isArray(schema.options)) inner.push(...schema.options);
  return inner.flatMap(inputFields);
}

const NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["events", fieldsIn(readSources("src/telemetry/events/*.ts"))],
  ["fields with a unit", [...DURATION_FIELDS, ...INSTANT_FIELDS]],
  [
    "messages",
    globSync("src/control/*messages.ts", { cwd: ROOT })
      .filter((path) => !path.endsWith(".test.ts"))
      .flatMap((path) => fieldsIn(readSource(path))),
  ],
  [
    "commands and their inputs",
    [...Object.keys(INPUTS), ...Object.values(INPUTS).flatMap(inputFields)],
  ],
  ["problems", fieldsOf("Problem", "src/domain/problem.ts")],
  ["scan --json", fieldsOf("ScannedLine", "src/pipeline/scan.ts")],
  ["replay --json", fieldsOf("ReplayLine", "src/pipeline/replay/summarize.ts")],
  [
    "tune --json",
    [
      ...fieldsOf("TuneReply", "src/cli/commands/tune/tuned-jail.ts"),
      ...fieldsOf("TunePolicyReply", "src/cli/commands/tune/tuned-jail.ts"),
    ],
  ],
  ["a command that failed", fieldsOf("JsonError", "src/cli/failure.ts")],
]);

test("JSON names are snake_case in American spelling", () => {
  for (const [place, names] of NAMES) {
    assert.ok(names.length > 2, `the names of ${place} were not found`);
    const wrong = names.filter((name) => !SNAKE_CASE.test(name) || findWording(name).length > 0);
    assert.deepEqual(wrong, [], place);
  }
});

test("the checked names are those of the JSON output", () => {
  const known: readonly (readonly [string, string])[] = [
    ["events", "retry_in"],
    ["messages", "unrecognized"],
    ["messages", "restart_needed"],
    ["commands and their inputs", "take_over"],
    ["commands and their inputs", "earlier"],
    ["scan --json", "counts"],
    ["replay --json", "stopped_logins"],
  ];
  for (const [place, name] of known) assert.ok(NAMES.get(place)?.includes(name), name);
});
