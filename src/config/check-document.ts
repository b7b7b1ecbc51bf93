/**
 * Checks one parsed file against the schema: reads every setting, and reports all mistakes. It checks one file at a
 * time; `resolve-config.ts` checks them together.
 */
import { expectChoice } from "../domain/did-you-mean.ts";
import { type JailName, MANUAL, parseJailName } from "../domain/jail-name.ts";
import type { PortNames } from "../host/services/port-names.ts";
import { checkKindTables, type KindGroupName } from "./check-kind-tables.ts";
import { describeValue, quote } from "./kinds/describe-value.ts";
import { explainUnknownKey } from "./explain-unknown-key.ts";
import { isTable, type KeyPath, type Mistake, within } from "./kinds/kind.ts";
import { KINDS } from "./kinds/kinds.ts";
import { ACTION_KINDS } from "./action-settings.ts";
import { nameKind } from "./kinds/plain-kinds.ts";
import {
  ACTION_SHAPES,
  ANY_ACTION_SHAPE,
  JAIL_SHAPE,
  LIST_SHAPE,
  ROOT_SHAPE,
  type TableShape,
} from "./schema.ts";

export interface Made {
  /** Path such as ["defaults", "increment", "jitter"]. */
  readonly path: KeyPath;
  readonly value: unknown;
}

export interface CheckedDocument {
  readonly settings: readonly Made[];
  readonly jails: readonly JailName[];
  /** Names of tables [actions.NAME]. */
  readonly actions: readonly string[];
  /** Names of tables [enforcers.NAME]. */
  readonly enforcers: readonly string[];
  /** Names of tables [lists.NAME]. */
  readonly lists: readonly string[];
  /** Names of tables [notify.NAME]. */
  readonly notify: readonly string[];
  readonly mistakes: readonly Mistake[];
}

/** A mistake that was found across all files, and the index of its document in reading order. */
export interface CrossMistake {
  readonly document: number;
  readonly mistake: Mistake;
}

interface Sink {
  readonly names: PortNames;
  readonly settings: Made[];
  readonly jails: JailName[];
  readonly actions: string[];
  readonly enforcers: string[];
  readonly lists: string[];
  readonly notify: string[];
  readonly mistakes: Mistake[];
}

export function checkDocument(
  root: Readonly<Record<string, unknown>>,
  names: PortNames,
): CheckedDocument {
  const named = { jails: [], actions: [], enforcers: [], lists: [], notify: [] };
  const sink: Sink = { names, settings: [], ...named, mistakes: [] };
  const { jails, jail, actions, enforcers, lists, notify, ...rest } = root;
  checkTable(rest, ROOT_SHAPE, [], sink);
  if (actions !== undefined)
    checkNamed("actions", actions, (table) => shapeOfAction(table["kind"]), sink);
  if (lists !== undefined) checkNamed("lists", lists, () => LIST_SHAPE, sink);
  if (jails !== undefined) checkJails(jails, sink);
  if (enforcers !== undefined) checkKinds("enforcers", enforcers, sink);
  if (notify !== undefined) checkKinds("notify", notify, sink);
  if (jail !== undefined) checkMisnamedJails(jail, sink);
  return sink;
}

/** Reports [jail.NAME] written instead of [jails.NAME], and still checks its keys. */
function checkMisnamedJails(jail: unknown, sink: Sink): void {
  const named = isTable(jail) ? Object.entries(jail).filter(([, table]) => isTable(table)) : [];
  if (named.length === 0) sink.mistakes.push(unknownKey(["jail"], ROOT_SHAPE, jail));
  for (const [name, table] of named) {
    const path = ["jail", name];
    const got = `unknown table [${path.join(".")}]`;
    sink.mistakes.push({ path, at: "key", got, expected: `[jails.${name}]` });
    // The settings of a misnamed table are not used.
    if (isTable(table)) checkTable(table, JAIL_SHAPE, path, { ...sink, settings: [] });
  }
}

function checkJails(jails: unknown, sink: Sink): void {
  if (!isTable(jails)) {
    sink.mistakes.push(notATable(["jails"], jails, "tables [jails.NAME]"));
    return;
  }
  for (const [text, table] of Object.entries(jails)) {
    const path = ["jails", text];
    const name = parseJailName(text);
    if (name === undefined) {
      const expected =
        'a jail name: letters, digits, "-", "_" and ".", beginning with a letter or digit, at most 64';
      sink.mistakes.push({ path, at: "key", got: quote(text), expected });
    } else if (name === MANUAL) {
      const expected = "another name: bans by hand belong to this one";
      const hint = `write [jails.${text}-bans], or what it protects`;
      sink.mistakes.push({ path, at: "key", got: quote(text), expected, hint });
    } else if (isTable(table)) {
      sink.jails.push(name);
      checkTable(table, JAIL_SHAPE, path, sink);
    } else sink.mistakes.push(notATable(path, table, `a table [jails.${text}]`));
  }
}

/** Checks tables whose names the operator chose. */
function checkNamed(
  group: "actions" | "lists",
  tables: unknown,
  shapeOf: (table: Readonly<Record<string, unknown>>) => TableShape,
  sink: Sink,
): void {
  if (!isTable(tables)) {
    sink.mistakes.push(notATable([group], tables, `tables [${group}.NAME]`));
    return;
  }
  for (const [name, table] of Object.entries(tables)) {
    const path = [group, name];
    const read = nameKind.read(name, {}, sink.names);
    if (!read.ok) {
      const expected = 'letters, digits, "-", "_" and ".", at most 64';
      sink.mistakes.push({ path, at: "key", got: quote(name), expected });
    } else if (isTable(table)) {
      sink[group].push(name);
      checkTable(table, shapeOf(table), path, sink);
    } else sink.mistakes.push(notATable(path, table, `a table [${group}.${name}]`));
  }
}

function checkKinds(group: KindGroupName, tables: unknown, sink: Sink): void {
  checkKindTables(group, tables, {
    mistakes: sink.mistakes,
    checkKeys: (table, shape, path) => checkTable(table, shape, path, sink),
    keepTable(name, kind) {
      sink[group].push(name);
      sink.settings.push({ path: [group, name, "kind"], value: kind });
    },
  });
}

function shapeOfAction(kind: unknown): TableShape {
  const known = ACTION_KINDS.find((one) => one === kind);
  return (known && ACTION_SHAPES.get(known)) ?? ANY_ACTION_SHAPE;
}

function checkTable(
  table: Readonly<Record<string, unknown>>,
  shape: TableShape,
  path: KeyPath,
  sink: Sink,
): void {
  for (const [key, value] of Object.entries(table)) {
    const here = [...path, key];
    const setting = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    const inner = Object.hasOwn(shape.tables, key) ? shape.tables[key] : undefined;
    if (setting !== undefined) {
      const read = KINDS[setting.is].read(value, setting, sink.names);
      if (read.ok) sink.settings.push({ path: here, value: read.value });
      else sink.mistakes.push(...placed(here, read.error));
    } else if (inner === undefined) sink.mistakes.push(unknownKey(here, shape, value));
    else if (isTable(value)) checkTable(value, inner, here, sink);
    else sink.mistakes.push(notATable(here, value, `a table [${here.join(".")}]`));
  }
}

function placed(path: KeyPath, mistakes: readonly Mistake[]): readonly Mistake[] {
  return [...path].reverse().reduce((found, key) => within(key, found), mistakes);
}

/** Tables whose keys are names chosen by the operator, as messages show them. */
const NAMED: Readonly<Record<string, string>> = {
  actions: "[actions.NAME]",
  enforcers: "[enforcers.NAME]",
  jails: "[jails.NAME]",
  lists: "[lists.NAME]",
  notify: "[notify.NAME]",
};

function unknownKey(path: KeyPath, shape: TableShape, value: unknown): Mistake {
  const tables = [...Object.keys(shape.tables), ...(path.length === 1 ? Object.keys(NAMED) : [])];
  const within = path.slice(0, -1);
  const choices = [
    ...Object.keys(shape.keys),
    ...tables.map((table) => `[${[...within, table].join(".")}]`),
  ];
  const got = `unknown ${isTable(value) ? "table" : "key"} ${quote(String(path.at(-1)))}`;
  const hint = explainUnknownKey(path, shape, value);
  const isTopTable = path.length === 1 && isTable(value);
  const expected = isTopTable
    ? `one of ${tables.map((table) => NAMED[table] ?? `[${table}]`).join(", ")}`
    : expectChoice("a valid key", { choices, hint });
  return { path, at: "key", got, expected, hint };
}

function notATable(path: KeyPath, value: unknown, expected: string): Mistake {
  const repeated = Array.isArray(value) && value.some(isTable);
  const hint = repeated ? "write it with single brackets" : undefined;
  return { path, at: "value", got: describeValue(value), expected, hint };
}
