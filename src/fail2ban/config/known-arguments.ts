/** Collects names that files of filter.d or action.d refer to: these are valid arguments. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { LayerReader } from "./layers.ts";
import { type NamesInUse, namesInUse } from "./names-in-use.ts";

export type KnownArguments = (kind: "action" | "filter") => NamesInUse;

/** Returns a function that reads every file of a folder when first called for it. */
export function createKnownArguments(reader: LayerReader, directory: string): KnownArguments {
  const known = new Map<string, NamesInUse>();
  return (kind) =>
    known.getOrInsertComputed(kind, () => namesIn(reader, join(directory, `${kind}.d`)));
}

function namesIn(reader: LayerReader, folder: string): NamesInUse {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const read = files.filter((file) => /\.(?:conf|local)$/.test(file));
  return namesInUse(read.map((file) => reader.readFile(join(folder, file))));
}
