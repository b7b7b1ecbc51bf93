/** Checks tables whose names the operator chose and whose kind decides their keys: [enforcers.NAME], [notify.NAME]. */
import { CHANNEL_KINDS } from "./channels/channel-kinds.ts";
import { ENFORCER_KINDS } from "./enforcers/enforcer-kinds.ts";
import { AUTO } from "./enforcers/auto.ts";
import { MEMORY } from "./enforcers/memory.ts";
import { describeValue, quote } from "./kinds/describe-value.ts";
import { isTable, type KeyPath, type Mistake } from "./kinds/kind.ts";
import { choiceKind } from "./kinds/plain-kinds.ts";
import type { TableShape } from "./schema.ts";
import type { Settings } from "./setting.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

export type KindGroupName = "enforcers" | "notify";

interface KindGroup {
  readonly kinds: ReadonlyMap<string, { readonly keys: Settings }>;
  /** Names that no table may have. */
  readonly reserved: readonly string[];
}

/** The groups of such tables. A table without `kind` is of the kind that is its name. */
const GROUPS: { readonly [group in KindGroupName]: KindGroup } = {
  enforcers: { kinds: new Map(Object.entries(ENFORCER_KINDS)), reserved: [MEMORY, AUTO] },
  notify: { kinds: new Map(Object.entries(CHANNEL_KINDS)), reserved: [] },
};

export interface KindSink {
  readonly mistakes: Mistake[];
  /** Checks the keys of a table, without its kind. */
  checkKeys(table: Readonly<Record<string, unknown>>, shape: TableShape, path: KeyPath): void;
  /** Keeps the name and the kind of a table. */
  keepTable(name: string, kind: string): void;
}

export function checkKindTables(group: KindGroupName, tables: unknown, sink: KindSink): void {
  if (!isTable(tables)) {
    const expected = `tables [${group}.NAME]`;
    sink.mistakes.push({ path: [group], at: "value", got: describeValue(tables), expected });
    return;
  }
  for (const [name, table] of Object.entries(tables)) checkKindTable(group, name, table, sink);
}

function checkKindTable(group: KindGroupName, name: string, table: unknown, sink: KindSink): void {
  const { kinds, reserved }: KindGroup = GROUPS[group];
  const path = [group, name];
  const refuse = (at: "key" | "value", got: string, expected: string): void =>
    void sink.mistakes.push({ path, at, got, expected });
  if (!NAME.test(name))
    return refuse(
      "key",
      quote(name),
      'a name of letters, digits, "-", "_" and ".", beginning with a letter or digit, at most 64',
    );
  if (reserved.includes(name))
    return refuse("key", `"${name}"`, "another name: this one has no settings");
  if (!isTable(table)) return refuse("value", describeValue(table), `a table [${group}.${name}]`);
  const { kind = kinds.has(name) ? name : undefined, ...keys } = table;
  const of = [...kinds.keys()];
  if (kind === undefined)
    return refuse(
      "key",
      `[${group}.${name}] without kind`,
      `kind = ${choiceKind.describe({ of })}`,
    );
  const read = choiceKind.read(kind, { of }, new Map());
  if (!read.ok) {
    for (const wrong of read.error) sink.mistakes.push({ ...wrong, path: [...path, "kind"] });
    return;
  }
  sink.keepTable(name, read.value);
  sink.checkKeys(keys, { keys: kinds.get(read.value)?.keys ?? {}, tables: {} }, path);
}
