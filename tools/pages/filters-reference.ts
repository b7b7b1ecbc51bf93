/**
 * Generates docs/reference/filters.md, and a page for each folder of filters, so that a changed filter changes one
 * page.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import {
  countsLogins,
  FILTER_MODES,
  type FilterDefinition,
  isUnverified,
} from "../../src/domain/filter-definition.ts";
import { OTHER_NAMES } from "../../src/domain/other-names.ts";
import { WITHOUT_FILTER } from "../../src/domain/without-filter.ts";
import { judgeForgeability } from "../../src/jails/forgeable-log.ts";
import { loadFilters } from "../../src/jails/load-filters.ts";
import { SHIPPED_FILTERS } from "../../src/jails/shipped-filters.ts";
import { cell } from "./markdown-cell.ts";

const ROOT = join(import.meta.dirname, "../..");
const GENERATED =
  "<!-- Generated from filters/ by tools/docs.ts. Do not edit; run: npm run docs -->";

const { filters } = await loadFilters([]);

const folderOf = ({ path }: FilterDefinition): string => relative(SHIPPED_FILTERS, dirname(path));
const byFolder = Map.groupBy(filters.values(), folderOf);

/** Folders that have filters, in alphabetical order. */
export const FILTER_FOLDERS: readonly string[] = [...byFolder.keys()].toSorted();

export function renderFiltersReference(): string {
  const rows = FILTER_FOLDERS.map(
    (folder) => `| [${folder}](filters/${folder}.md) | ${aboutOf(folder)} |`,
  );
  return `# Filters shipped

${GENERATED}

\`bailiff services\` shows those found on a host, \`bailiff enable NAME\` turns one on.
Writing and changing filters is explained in [filters](../filters.md).

| kind | services |
|---|---|
${rows.join("\n")}

## Services without a filter

${[...WITHOUT_FILTER].map(([name, why]) => `- \`${name}\`: ${why}.`).join("\n")}
`;
}

/** Returns the description of a folder in the table of CONTRIBUTING.md. */
function aboutOf(folder: string): string {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const row = text.split("\n").find((line) => line.startsWith(`| \`filters/${folder}/\` |`));
  if (row === undefined) throw new Error(`CONTRIBUTING.md does not list filters/${folder}/`);
  return row.split("|")[2]?.trim() ?? "";
}

export function renderFilterFolder(folder: string): string {
  const own = (byFolder.get(folder) ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `# Filters: ${folder}

${GENERATED}

${own.map(renderFilter).join("\n")}`;
}

const FORGEABLE = {
  excluded: "protected if its log exists",
  possible: "on request; whether its log escapes line breaks of clients is not confirmed",
  certain: "on request; **clients can write whole lines of its log**",
};

function automaticOf(filter: FilterDefinition): string {
  if (isUnverified(filter)) return "on request; its rules are not verified";
  if (filter.address_headers !== undefined)
    return `on request; **clients choose the address unless a proxy replaces ${list(filter.address_headers)}**`;
  return countsLogins(filter)
    ? FORGEABLE[judgeForgeability(filter)]
    : "on request; only about abuse";
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? "none" : texts.map((text) => `\`${text}\``).join(", ");
}

function renderFilter(filter: FilterDefinition): string {
  const { name, description, ports, files, journal, rules, path } = filter;
  const other = OTHER_NAMES[name] ?? [];
  const counting = rules.filter(({ is }) => is === "failure");
  const modes = FILTER_MODES.filter((mode) => counting.some((rule) => rule.mode === mode));
  const rows = rules.map(({ id, is, mode, unverified, evidence }) => {
    const which = is === "failure" ? mode : "";
    const doubt = unverified === true ? ", unverified" : "";
    return `| \`${id}\` | ${is}${doubt} | ${which} | ${cell(evidence ?? "")} |`;
  });
  return `## ${name}

${description} ([${basename(path)}](../../../filters/${folderOf(filter)}/${basename(path)})).

${other.length === 0 ? "" : `- other names: ${list(other)}\n`}- modes: ${modes.join(", ")}
- ports: ${list(ports)}
- logs: ${list(files)}
- journal: ${list(journal)}
- without configuration: ${automaticOf(filter)}

| rule | is | mode | evidence |
|---|---|---|---|
${rows.join("\n")}
`;
}
