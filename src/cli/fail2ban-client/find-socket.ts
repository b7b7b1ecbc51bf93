/** Finds the server's socket. Order: the typed one, bailiff's configuration, fail2ban's configuration, the default. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../config/load-config.ts";
import { readFail2banSettings } from "../../fail2ban/config/read-directory.ts";
import type { ClientOptions } from "./options.ts";

const DEFAULT_SOCKET = "/var/run/fail2ban/fail2ban.sock";

export async function findCommandSocket({
  socket,
  conf,
  confGiven,
}: ClientOptions): Promise<string> {
  if (socket !== undefined) return socket;
  const own = confGiven ? undefined : await ownSocket();
  if (own !== undefined) return own;
  const settings = existsSync(join(conf, "fail2ban.conf")) ? readFail2banSettings(conf) : undefined;
  return settings?.get("socket") ?? DEFAULT_SOCKET;
}

/**
 * Returns the socket in bailiff's configuration. An invalid configuration is ignored, because the server may still
 * answer.
 */
async function ownSocket(): Promise<string | undefined> {
  const loaded = await loadConfig({ uid: process.getuid?.() ?? 0, env: process.env });
  return loaded.ok ? loaded.value.fail2ban.socket : undefined;
}
