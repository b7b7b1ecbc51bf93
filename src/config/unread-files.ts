/** Finds files in the configuration's directories that look like a part of it but are not read. */
import { basename, dirname, join } from "node:path";
import type { Oversight } from "./config.ts";
import { listNames } from "../host/read-or-empty.ts";

/**
 * Matches the extensions of other programs' configuration files. Backups of editors and package managers have different
 * ones, and are not reported.
 */
const FAMILIAR = /\.(?:local|conf|cfg|ini|tml|ya?ml|json|TOML)$/;

/** Searches a directory from which only files ending in ".toml" are read. */
export function findUnreadFiles(directory: string): readonly Oversight[] {
  return listNames(directory)
    .filter((name) => FAMILIAR.test(name) && !name.startsWith("."))
    .map((name) => {
      const path = join(directory, name);
      const renamed = join(directory, `${name.replace(/\.[^.]*$/, "")}.toml`);
      const doubt = `${path} is not read: only files whose names end in ".toml" are`;
      return { doubt, fix: `rename it: mv ${path} ${renamed}` };
    });
}

/** Searches next to the main file: fail2ban would read jail.local in addition to jail.conf. */
export function findUnreadBeside(main: string): readonly Oversight[] {
  const directory = dirname(main);
  const stem = basename(main, ".toml");
  const names = ["local", "conf"].map((ending) => `${stem}.${ending}`);
  return listNames(directory)
    .filter((name) => names.includes(name))
    .map((name) => {
      const doubt = `${join(directory, name)} is not read: ${main} and conf.d/*.toml are`;
      return { doubt, fix: `move its settings to ${join(directory, "conf.d", `${stem}.toml`)}` };
    });
}
