/** Finds files beside the configuration that look like a part of it, and are not read. */
import { basename, dirname, join } from "node:path";
import type { Oversight } from "./config.ts";
import { listNames } from "../host/read-or-empty.ts";

/** Endings of configuration files elsewhere. Editors, package managers and people use others for what is to be unread. */
const FAMILIAR = /\.(?:local|conf|cfg|ini|tml|ya?ml|json|TOML)$/;

/** In a directory from which every file that ends in ".toml" is read. */
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

/** fail2ban reads jail.local beside jail.conf. */
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
