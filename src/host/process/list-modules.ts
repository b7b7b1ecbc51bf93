/** Lists the modules in a folder, at any depth, without tests. */
import { readdirSync } from "node:fs";

export interface ModuleFolder {
  readonly folder: string;
  /** Beginnings of paths in it that are left out. */
  readonly except: readonly string[];
}

const TEST_FILE = /\.(?:test|fixture|contract)\.ts$/;

/** Returns paths relative to the folder. */
export function listModules({ folder, except }: ModuleFolder): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) =>
      path.endsWith(".ts") &&
      !TEST_FILE.test(path) &&
      !except.some((beginning) => path.startsWith(beginning)),
  );
}
