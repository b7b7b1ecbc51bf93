/** Generates config/defaults.toml: the built-in defaults in TOML, with every key in a comment. */
import type { Setting } from "../../src/config/setting.ts";
import { SCHEMA_TABLES, type SchemaTable } from "./schema-tables.ts";
import { tomlValue } from "./toml-value.ts";

const HEAD = `# The built-in defaults of bailiff. Generated from the code, and never read: they are part of the program, so an
# update can improve them without touching what you wrote. Put what you want different into /etc/bailiff/bailiff.toml.
`;

export function renderDefaults(): string {
  // Each kind of action, enforcer and channel is shown as a table with its kind, so the keys of all kinds need no table.
  const tables = SCHEMA_TABLES.filter(
    ({ name, kind }) =>
      !["actions.NAME", "enforcers.NAME", "notify.NAME"].includes(name) || kind !== undefined,
  );
  return [HEAD, ...tables.map(renderTable)].join("\n");
}

function renderTable({ name, kind, settings }: SchemaTable): string {
  const lines = Object.entries(settings).flatMap(([key, setting]) => {
    const otherwise = setting.otherwise === undefined ? "" : ` Not set: ${setting.otherwise}.`;
    return [`## ${setting.meaning}${otherwise}`, `# ${key} = ${valueOf(setting)}`];
  });
  const head =
    kind === undefined
      ? [`# [${name}]`]
      : [`# [${name.replace("NAME", kind)}]`, `# kind = ${tomlValue(kind)}`];
  return `${[...head, ...lines].join("\n")}\n`;
}

function valueOf({ required, default: value = required }: Setting): string {
  return value === undefined ? '"…"' : tomlValue(value);
}
