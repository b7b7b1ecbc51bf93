/** Generates docs/reference/configuration.md: every key with its type, default and meaning. */
import { KINDS } from "../../src/config/kinds/kinds.ts";
import type { Setting } from "../../src/config/setting.ts";
import { cell } from "./markdown-cell.ts";
import { SCHEMA_TABLES, type SchemaTable } from "./schema-tables.ts";
import { tomlValue } from "./toml-value.ts";

const HEAD = `# Configuration reference

<!-- Generated from src/config/schema.ts by tools/docs.ts. Do not edit. -->

How the files are found and joined, with examples, is in [configuration](../configuration.md).
A duration is text such as \`"90s"\`, \`"10m"\`, \`"1h30m"\`, \`"7d"\` or \`"2w"\` (units ms, s, m, h, d, w), or a whole number of seconds.
`;

export function renderConfigurationReference(): string {
  return [HEAD, ...SCHEMA_TABLES.map(renderTable)].join("\n");
}

function renderTable({ name, kind, about, settings }: SchemaTable): string {
  const rows = Object.entries(settings).map(
    ([key, setting]) =>
      `| \`${key}\` | ${cell(typeOf(setting))} | ${cell(defaultOf(setting))} | ${cell(setting.meaning)} |`,
  );
  const of = kind === undefined ? "" : `, kind = "${kind}"`;
  return `## [${name}]${of}

${about}

| key | value | default | meaning |
|---|---|---|---|
${rows.join("\n")}
`;
}

function typeOf(setting: Setting): string {
  return KINDS[setting.is].describe(setting);
}

function defaultOf(setting: Setting): string {
  if (setting.required !== undefined) return "required";
  if (setting.default === undefined) return setting.otherwise ?? "none";
  return `\`${tomlValue(setting.default)}\``;
}
