/**
 * Reads a filter or an action as a jail uses it. The [Init] section and the jail's arguments override the definitions
 * of its files. Replaces every tag that has a value.
 */
import type { Problem } from "../../domain/problem.ts";
import { fillTags } from "./fill-tags.ts";
import { readValue, type Scope } from "./interpolate.ts";
import type { Layers } from "./layers.ts";

export interface DefinitionRequest {
  readonly layers: Layers;
  /** The file that names it, for problems. */
  readonly path: string;
  /** Options that the caller needs. */
  readonly keys: readonly string[];
  /** Whether to read every other key of [Definition] too. */
  readonly everything: boolean;
  /** Options of the jail, which override the definition. */
  readonly jail: ReadonlyMap<string, string>;
  /** Arguments in brackets, which override everything. */
  readonly args: ReadonlyMap<string, string>;
  /** Tags that are replaced later. */
  readonly ignored: readonly string[];
}

export interface Definition {
  /** Options and variables, with tags replaced. */
  readonly values: ReadonlyMap<string, string>;
  /** Arguments and [Init] as written, to which an action's commands may refer. */
  readonly init: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

const CONDITIONAL = /^(?<name>\w+)\?.+$/;

export function readDefinition(request: DefinitionRequest): Definition {
  const { layers, keys, everything, jail, args, path } = request;
  const problems: Problem[] = [];
  const given = new Map([...jail, ...args]);
  const scope: Scope = { layers, section: "Definition", given };
  const values = new Map<string, string>();
  const take = (key: string): void => {
    const read = readValue(scope, key);
    if (!read.ok) problems.push(badReference(layers, "Definition", key, path, read.error));
    else if (read.value !== undefined) values.set(key, read.value);
  };
  for (const key of keys) if (!given.has(key)) take(key);
  if (everything) {
    const own = layers.sections.get("Definition") ?? new Map<string, never>();
    for (const key of own.keys()) if (!values.has(key)) take(key);
  }
  const init = readInit(request, problems);
  for (const [key, value] of init) values.set(key, value);
  const filled = fillTags({
    values,
    ignored: new Set([...request.ignored, ...conditionalNames(values)]),
    lookUp: (name) => lookUp(scope, name),
  });
  if (filled.ok) return { values: filled.value, init, problems };
  const { name, message } = filled.error;
  const section = layers.sections.get("Definition")?.has(name) ? "Definition" : "Init";
  const place = badReference(layers, section, name, path, message);
  problems.push({ ...place, expected: "tags that end" });
  return { values: new Map(), init, problems };
}

function readInit(
  { layers, args, path }: DefinitionRequest,
  problems: Problem[],
): ReadonlyMap<string, string> {
  const init = new Map(args);
  const scope: Scope = { layers, section: "Init", given: new Map() };
  for (const key of layers.sections.get("Init")?.keys() ?? []) {
    const read = readValue(scope, key);
    if (!read.ok) problems.push(badReference(layers, "Init", key, path, read.error));
    else if (read.value !== undefined) {
      init.set(`known/${key}`, read.value);
      if (!init.has(key)) init.set(key, read.value);
    }
  }
  return init;
}

/** Returns the value of `<section/name>` or `<known/name>`. */
function lookUp(scope: Scope, name: string): string | undefined {
  const match = /^(?<section>[\w-]+)\/(?<key>[^\s>]+)$/.exec(name);
  const { section = "", key = "" } = match?.groups ?? {};
  const value = (within: Scope, wanted: string): string | undefined => {
    const read = readValue(within, wanted.toLowerCase());
    return read.ok ? read.value : undefined;
  };
  if (match === null) return value(scope, name);
  const empty = new Map<string, string>();
  if (section.toLowerCase() !== "known") {
    const there = scope.layers.sections.has(section) || section.toLowerCase() === "default";
    return there ? value({ ...scope, section, given: empty }, key) : value(scope, name);
  }
  const before = scope.layers.known.get(scope.section) ?? new Map();
  const sections = new Map([...scope.layers.sections, [scope.section, before]]);
  const known = value({ ...scope, layers: { ...scope.layers, sections }, given: empty }, key);
  return known ?? value({ ...scope, given: empty }, key) ?? value(scope, name);
}

function conditionalNames(values: ReadonlyMap<string, string>): readonly string[] {
  return [...values.keys()].flatMap((key) => CONDITIONAL.exec(key)?.groups?.["name"] ?? []);
}

export function badReference(
  { sections, defaults }: Layers,
  section: string,
  key: string,
  path: string,
  got: string,
): Problem {
  const entry = sections.get(section)?.get(key) ?? defaults.get(key);
  const place = entry === undefined ? { path } : { path: entry.path, line: entry.line };
  return {
    ...place,
    key: `${section}.${key}`,
    got,
    expected: "references to existing names",
  };
}
