import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";

export interface JailLayers {
  /** Of jail.conf. */
  readonly layers: Layers;
  /** Of the jail. */
  readonly name: string;
  /** Where the jail is written. */
  readonly path: string;
}

/** Where an option of a jail is written, in its section or for all. */
export function placeInLayers(
  { layers, name, path }: JailLayers,
  option: string,
): Pick<Problem, "path" | "line" | "key"> {
  const entry = layers.sections.get(name)?.get(option) ?? layers.defaults.get(option);
  const place = entry === undefined ? { path } : { path: entry.path, line: entry.line };
  return { ...place, key: `${name}.${option}` };
}
