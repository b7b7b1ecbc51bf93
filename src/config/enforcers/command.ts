/** Lists the keys of [enforcers.NAME] with kind = "command", in the form of schema.ts. */

export const COMMAND = {
  meaning: "Commands of your own that change a firewall, never through a shell.",
  keys: {
    ban: {
      is: "block-argv",
      required: ["/usr/local/sbin/firewall", "block", "{ip}"],
      meaning:
        "Program and arguments that add a block. Placeholders: {ip} (an address, or a network such as 192.0.2.0/24), {address} and {prefix} (its two parts), {family} (ipv4 or ipv6), {ports} (all, or tcp/22,udp/53), {seconds} (the time left, 0 is permanent) and {until} (the end in UTC, or forever); {{ip}} stands for the text {ip}. Without {ports}, each block covers all traffic of its address. With {seconds} or {until}, it runs again when a ban is extended.",
    },
    unban: {
      is: "block-argv",
      required: ["/usr/local/sbin/firewall", "unblock", "{ip}"],
      meaning: "The same, to remove a block.",
    },
    start: {
      is: "command",
      example: ["/usr/local/sbin/firewall", "prepare"],
      otherwise: "nothing runs",
      meaning: "Prepares the firewall at the start of the daemon and after a failed check.",
    },
    stop: {
      is: "command",
      example: ["/usr/local/sbin/firewall", "remove"],
      otherwise: "nothing runs",
      meaning: "Undoes start, when all of bailiff is removed from this firewall.",
    },
    check: {
      is: "command",
      example: ["/usr/local/sbin/firewall", "check"],
      otherwise: "damage by others is not noticed",
      meaning:
        "Exits with 0 if what start made is in force. If it fails, start runs again, and then every ban.",
    },
    flush: {
      is: "command",
      example: ["/usr/local/sbin/firewall", "flush"],
      otherwise: "blocks are removed one by one",
      meaning:
        "Removes all blocks. Without list, it also runs at the start of the daemon, because blocks of an earlier run would be unknown.",
    },
    list: {
      is: "command",
      example: ["/usr/local/sbin/firewall", "list"],
      otherwise: "a block counts as held after its command exited with 0",
      meaning:
        "Prints the blocks in force: on each line an address or network and, if the block covers single ports, a space and {ports}. Lines that begin with # are ignored.",
    },
    timeout: {
      is: "duration",
      min: 100,
      max: 600_000,
      default: "30s",
      meaning: "Time limit of each command; then its process group is killed.",
    },
    parallel: {
      is: "integer",
      min: 1,
      max: 16,
      default: 4,
      meaning: "How many commands for different blocks run at a time.",
    },
    capacity: {
      is: "integer",
      min: 1,
      max: 1_000_000,
      otherwise: "no limit",
      meaning: "Maximum number of blocks. Of more bans, those that end last are held.",
    },
  },
  place: ["ban", "unban"],
} as const;
