/** Reads one filter of a fail2ban directory by name and arguments, without a jail. */
import { join } from "node:path";
import type { PythonRules } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { filterRules } from "./filter-rules.ts";
import { createLayerReader, type LayerReader, type Layers } from "./layers.ts";
import { readDefinition } from "./read-definition.ts";
import { FILTER_KEYS } from "./option-keys.ts";

export interface NamedFilterRequest {
  /** The directory that contains filter.d. */
  readonly directory: string;
  /** Name of the filter's file, without extension. */
  readonly name: string;
  readonly args: ReadonlyMap<string, string>;
  /** Shared by several calls, so that each file is read once. */
  readonly reader?: LayerReader;
}

export interface NamedFilter {
  readonly rules: PythonRules;
  /** Options as in the files, with tags replaced. */
  readonly options: ReadonlyMap<string, string>;
  /** Files in reading order; empty: the filter does not exist. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

export function readNamedFilter({
  directory,
  name,
  args,
  reader = createLayerReader(),
}: NamedFilterRequest): NamedFilter {
  return readFilterLayers(reader.read(join(directory, "filter.d"), name), args);
}

export function readFilterLayers(layers: Layers, args: ReadonlyMap<string, string>): NamedFilter {
  const { values, problems } = readDefinition({
    layers,
    path: layers.files[0] ?? "",
    keys: FILTER_KEYS,
    everything: false,
    jail: new Map(),
    args,
    ignored: [],
  });
  const options = new Map([...values].filter(([key]) => FILTER_KEYS.some((one) => one === key)));
  return {
    rules: filterRules(options),
    options,
    files: layers.files,
    problems: [...layers.problems, ...problems],
  };
}
