import type { Problem } from "../../domain/problem.ts";
import type { Layers } from "./layers.ts";

export interface JailLayers {
  /** The layers of jail.conf. */
  readonly layers: Layers;
  /** Name of the jail. */
  readonly name: string;
  /** File of the jail's section. */
  readonly path: string;
}

/** Finds where an option of a jail is written: in its section, or in [DEFAULT]. */
export function placeInLayers(
  { layers, name, path }: JailLayers,
  option: string,
): Pick<Problem, "path" | "line" | "key"> {
  const entry = layers.sections.get(name)?.get(option) ?? layers.defaults.get(option);
  const place = entry === undefined ? { path } : { path: entry.path, line: entry.line };
  return { ...place, key: `${name}.${option}` };
}
