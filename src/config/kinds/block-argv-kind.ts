/** Reads the commands of an enforcer: with placeholders for those that ban and unban, without for all others. */
import { type ArgumentTemplate, createArgvKind } from "./argv-kind.ts";
import { exampleOf, type Kind } from "./kind.ts";
import { describeCommand, readCommand } from "./read-command.ts";

/**
 * ip: the address, or a network such as "192.0.2.0/24". address, prefix: its two parts. family: "ipv4" or "ipv6". ports:
 * "all", or "tcp/22,udp/53". seconds: the time left, "0" for a permanent ban. until: the end in UTC, or "forever".
 */
export const BLOCK_PLACEHOLDERS = [
  "ip",
  "address",
  "prefix",
  "family",
  "ports",
  "seconds",
  "until",
] as const;

export type BlockPlaceholder = (typeof BLOCK_PLACEHOLDERS)[number];

export const blockArgvKind: Kind<ArgumentTemplate> = createArgvKind(BLOCK_PLACEHOLDERS, [
  "/usr/local/sbin/firewall",
  "block",
  "{ip}",
]);

const PLAIN_COMMAND = ["/usr/bin/systemctl", "reload", "nginx"];

export const commandKind: Kind<readonly string[]> = {
  describe: (limits) => describeCommand(exampleOf(limits, PLAIN_COMMAND)),
  read: (value, limits) => readCommand(value, exampleOf(limits, PLAIN_COMMAND)),
};
