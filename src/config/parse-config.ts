/**
 * Parses texts of configuration files into a Config, or reports every problem in all of them. Touches no file and
 * never throws because of a text.
 */
import { formatPlace, type Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { PortNames } from "../host/services/port-names.ts";
import { type CheckedDocument, checkDocument } from "./check-document.ts";
import type { Config, Oversight } from "./config.ts";
import { crossChecks, type HostNames, missingDirectories } from "./cross-checks.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { DefaultPaths } from "./default-paths.ts";
import { ignoredSettings } from "./ignored-settings.ts";
import type { KeyPath, Mistake } from "./kinds/kind.ts";
import { locateKeys } from "./locate-keys.ts";
import type { ConfigText } from "./read-sources.ts";
import { resolveConfig } from "./resolve-config.ts";

/** Lists the names of all filters, given the operator's filter directories; undefined: unknown. */
export type ListFilters = (
  directories: readonly string[],
) => Promise<readonly string[] | undefined>;

export interface ParseContext extends HostNames {
  readonly paths: DefaultPaths;
  /** Default directory of the administrator's filters; default: that of the schema. */
  readonly filters?: string | undefined;
  readonly ports: PortNames;
  /**
   * Lists the filters. Not called if the configured directories are invalid. Without it filter names are not checked.
   */
  readonly listFilters?: ListFilters | undefined;
}

interface CheckedText extends CheckedDocument {
  readonly path: string;
  /** The text without lines that have a mistake; the other lines keep their numbers. */
  readonly text: string;
  readonly mistakes: Mistake[];
  readonly problems: readonly Problem[];
}

export async function parseConfig(
  texts: readonly ConfigText[],
  context: ParseContext,
): Promise<Result<Config, readonly Problem[]>> {
  const documents: CheckedText[] = [];
  for (const text of texts) documents.push(await checkText(text, context));
  const config = resolveConfig({
    documents: [hostLayer(context), ...documents],
    files: texts.map(({ path }) => path),
    names: context.ports,
  });
  // Lists filters even if the configuration has problems, so that the problems of both are reported together.
  const listed = knowsDirectories(documents)
    ? await context.listFilters?.(config.filters.directories)
    : undefined;
  const known = documents.some(({ problems }) => problems.length > 0) ? undefined : listed;
  for (const { document, mistake } of crossChecks(config, documents, known, context)) {
    documents[document]?.mistakes.push(mistake);
  }
  const problems: Problem[] = [];
  for (const document of documents) problems.push(...(await problemsOf(document)));
  if (problems.length > 0) return fail(problems);
  const unread: Oversight[] = [];
  for (const { document, path, directory } of missingDirectories(config, documents, context))
    unread.push({
      doubt: `${await placeOf(path, documents[document])}: filters.directories: ${directory} does not exist, so no filter is read from it`,
      fix: `correct the path, or create it: mkdir -p ${directory}`,
    });
  for (const { document, path, doubt, fix } of ignoredSettings(documents))
    unread.push({ doubt: `${await placeOf(path, documents[document])}: ${doubt}`, fix });
  return ok(deepFreeze({ ...config, unread }));
}

async function placeOf(path: KeyPath, document: CheckedText | undefined): Promise<string> {
  const { path: file = "", text = "" } = document ?? {};
  return formatPlace({ path: file, ...(await locateKeys(text))(path, "value") });
}

function hostLayer({ paths, filters }: ParseContext): Omit<CheckedDocument, "mistakes"> {
  const settings: CheckedDocument["settings"][number][] = [
    ...Object.entries(paths).map(([key, value]) => ({ path: ["daemon", key], value })),
  ];
  if (filters !== undefined) settings.push({ path: ["filters", "directories"], value: [filters] });
  return { settings, jails: [], actions: [], enforcers: [], lists: [], notify: [] };
}

function knowsDirectories(documents: readonly CheckedText[]): boolean {
  return documents.every(({ mistakes }) => mistakes.every(({ path }) => path[0] !== "filters"));
}

async function checkText(source: ConfigText, context: ParseContext): Promise<CheckedText> {
  // Load the parser on demand, because it is not needed without a configuration file.
  const { readToml } = await import("./parse-toml.ts");
  const { table, problems, readable } = readToml(source.path, source.text);
  const checked = checkDocument(table, context.ports);
  const { path } = source;
  return { path, text: readable, ...checked, mistakes: [...checked.mistakes], problems };
}

async function problemsOf(document: CheckedText): Promise<readonly Problem[]> {
  if (document.mistakes.length === 0) return document.problems;
  const locate = await locateKeys(document.text);
  const problems = document.mistakes.map(({ path, at, got, expected, hint }): Problem => {
    const key = path.join(".");
    const place = locate(path, at) ?? {};
    return {
      path: document.path,
      ...place,
      key,
      got,
      expected,
      ...(hint === undefined ? {} : { hint }),
    };
  });
  return [...document.problems, ...problems].sort(byPlace);
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
