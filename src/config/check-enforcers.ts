/** Checks the tables [enforcers.NAME] of one file. */
import { ENFORCER_KINDS, isEnforcerKind } from "./enforcers/enforcer-kinds.ts";
import { AUTO } from "./enforcers/auto.ts";
import { MEMORY } from "./enforcers/memory.ts";
import { describeValue, quote } from "./kinds/describe-value.ts";
import { isTable, type KeyPath, type Mistake } from "./kinds/kind.ts";
import { choiceKind } from "./kinds/plain-kinds.ts";
import type { TableShape } from "./schema.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const KINDS = Object.keys(ENFORCER_KINDS);

export interface EnforcerSink {
  readonly enforcers: string[];
  readonly mistakes: Mistake[];
  /** Checks the keys of a table, without its kind. */
  checkKeys(table: Readonly<Record<string, unknown>>, shape: TableShape, path: KeyPath): void;
  /** Keeps the kind of an enforcer. */
  keepKind(path: KeyPath, kind: string): void;
}

export function checkEnforcerTables(tables: unknown, sink: EnforcerSink): void {
  if (!isTable(tables)) {
    const expected = "tables [enforcers.NAME]";
    sink.mistakes.push({
      path: ["enforcers"],
      at: "value",
      got: describeValue(tables),
      expected,
    });
    return;
  }
  for (const [name, table] of Object.entries(tables)) checkEnforcerTable(name, table, sink);
}

function checkEnforcerTable(name: string, table: unknown, sink: EnforcerSink): void {
  const path = ["enforcers", name];
  const refuse = (at: "key" | "value", got: string, expected: string, hint?: string): void =>
    void sink.mistakes.push({ path, at, got, expected, hint });
  if (!NAME.test(name))
    return refuse(
      "key",
      quote(name),
      'a name of letters, digits, "-", "_" and ".", beginning with a letter or digit, at most 64',
    );
  if (name === MEMORY || name === AUTO)
    return refuse("key", `"${name}"`, "another name: this one has no settings");
  if (!isTable(table)) return refuse("value", describeValue(table), `a table [enforcers.${name}]`);
  const { kind = isEnforcerKind(name) ? name : undefined, ...keys } = table;
  if (kind === undefined)
    return refuse("key", `[enforcers.${name}] without kind`, `kind = ${choicesOf(KINDS)}`);
  const read = choiceKind.read(kind, { of: KINDS }, new Map());
  if (!read.ok) {
    for (const wrong of read.error) sink.mistakes.push({ ...wrong, path: [...path, "kind"] });
    return;
  }
  if (!isEnforcerKind(read.value)) return;
  sink.enforcers.push(name);
  sink.keepKind([...path, "kind"], read.value);
  sink.checkKeys(keys, { keys: ENFORCER_KINDS[read.value].keys, tables: {} }, path);
}

function choicesOf(of: readonly string[]): string {
  return choiceKind.describe({ of });
}
