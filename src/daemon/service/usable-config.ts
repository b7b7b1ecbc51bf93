import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { Problem } from "../../domain/problem.ts";
import { type ConfigFiles, createConfigReader } from "./config-reader.ts";

/** By convention nothing exists there. */
const NO_FILE = "/nonexistent/bailiff.toml";

export interface UsableConfig {
  readonly config: Config;
  /** Problems of the configuration, because of which the built-in defaults are used. */
  readonly problems: readonly Problem[];
}

/** Reads the configuration, or the built-in defaults if it is invalid, for work that must not depend on it. */
export async function readUsableConfig(files: ConfigFiles): Promise<UsableConfig> {
  const loaded = await createConfigReader(files).read();
  if (loaded.ok) return { config: loaded.value.config, problems: [] };
  const defaults = await loadConfig({ env: {}, standardPath: NO_FILE, uid: files.uid });
  if (!defaults.ok) throw new Error("the built-in defaults are invalid");
  return { config: defaults.value, problems: loaded.error };
}
