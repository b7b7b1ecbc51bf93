/** Loads the configuration, and remembers the fail2ban directory that is in force. */
import { loadAll } from "../../jails/load-all.ts";
import type { Fail2banSetup } from "../../jails/load-fail2ban.ts";

export type ConfigFiles = Omit<Parameters<typeof loadAll>[0], "before">;

export interface ConfigReader {
  /** Reads the files as a reload does, and changes nothing. */
  readonly read: () => ReturnType<typeof loadAll>;
  /** Reads the files; a valid configuration takes effect. */
  readonly load: () => ReturnType<typeof loadAll>;
}

export function createConfigReader(files: ConfigFiles): ConfigReader {
  let inForce: Fail2banSetup | undefined;
  const read = (): ReturnType<typeof loadAll> => loadAll({ ...files, before: inForce });
  return {
    read,
    load: async () => {
      const loaded = await read();
      if (loaded.ok) inForce = loaded.value.fail2ban;
      return loaded;
    },
  };
}
