/** Chooses the default paths of state and socket: for root in the system's directories, otherwise in the user's. */
import { join } from "node:path";
import { DAEMON } from "./schema.ts";

/** The default main configuration file; it need not exist. */
export const STANDARD_PATH = "/etc/bailiff/bailiff.toml";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface DefaultPaths {
  readonly state: string;
  readonly socket: string;
}

/** Chooses the default paths. Follows the XDG Base Directory Specification, which says to ignore relative paths. */
export function defaultPaths(host: {
  readonly uid: number;
  readonly env: Environment;
}): DefaultPaths {
  if (host.uid === 0) return { state: DAEMON.state.default, socket: DAEMON.socket.default };
  const absolute = (name: string): string | undefined =>
    host.env[name]?.startsWith("/") ? host.env[name] : undefined;
  const home = absolute("HOME");
  const parent =
    absolute("XDG_STATE_HOME") ?? (home === undefined ? undefined : join(home, ".local/state"));
  // Without a home directory (cron or container users), use /var/tmp, which survives a reboot.
  const state = parent === undefined ? `/var/tmp/bailiff-${host.uid}` : join(parent, "bailiff");
  return { state, socket: join(absolute("XDG_RUNTIME_DIR") ?? state, "bailiff.sock") };
}
