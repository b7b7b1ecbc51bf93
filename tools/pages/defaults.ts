/** Generates config/defaults.toml: the built-in defaults in TOML, with every key in a comment. */
import { SCHEMA_TABLES, type SchemaTable } from "./schema-tables.ts";
import { tomlValue } from "./toml-value.ts";

const HEAD = `# The built-in defaults of bailiff. Generated from the code, and never read: they are part of the program, so an
# update can improve them without touching what you wrote. Put what you want different into /etc/bailiff/bailiff.toml.
`;

export function renderDefaults(): string {
  return [HEAD, ...SCHEMA_TABLES.map(renderTable)].join("\n");
}

function renderTable({ name, settings }: SchemaTable): string {
  const lines = Object.entries(settings).flatMap(([key, setting]) => {
    const otherwise = setting.otherwise === undefined ? "" : ` Not set: ${setting.otherwise}.`;
    const written =
      setting.default === undefined ? `# ${key} = "…"` : `# ${key} = ${tomlValue(setting.default)}`;
    return [`## ${setting.meaning}${otherwise}`, written];
  });
  return `# [${name}]\n${lines.join("\n")}\n`;
}
