import type { Config } from "./config.ts";

const DAEMON_KEYS = [
  "state",
  "socket",
  "socket_group",
  "socket_operator",
  "audit_keep",
  "log_format",
] as const;
const FAIL2BAN = ["socket", "log"] as const;

/** Finds changed keys that a running daemon cannot apply. */
export function restartKeys(from: Config, to: Config): readonly string[] {
  return [
    ...DAEMON_KEYS.filter((key) => from.daemon[key] !== to.daemon[key]).map(
      (key) => `daemon.${key}`,
    ),
    ...FAIL2BAN.filter((key) => from.fail2ban[key] !== to.fail2ban[key]).map(
      (key) => `fail2ban.${key}`,
    ),
  ];
}
