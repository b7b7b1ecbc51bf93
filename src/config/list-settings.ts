/** Lists the keys of [lists.NAME], in the form of schema.ts. */

export const LIST = {
  url: {
    is: "http-url",
    example: "https://lists.example.org/blocked.txt",
    otherwise: "file is read",
    meaning:
      "Where the list is fetched from, with https; http only from this host itself (localhost, 127.0.0.0/8, ::1). It may contain a token: only its host is logged or shown.",
  },
  file: {
    is: "path",
    example: "/var/lib/blocklist/blocked.txt",
    otherwise: "url is fetched",
    meaning:
      "File with the list, which another program writes. It is read again when it changes; replace it by a rename, so that no half of it is read.",
  },
  format: {
    is: "choice",
    of: ["plain", "json-lines"],
    default: "plain",
    meaning:
      "plain: an address or network on each line, with comments behind # or ;. json-lines: an object on each line, with the network as cidr or ip.",
  },
  every: {
    is: "duration",
    min: 300_000,
    max: 2_592_000_000,
    default: "1h",
    meaning:
      "How often the list is looked at again, plus up to a tenth at random. Many publishers refuse clients that ask more often than once an hour.",
  },
  ports: {
    is: "ports",
    default: "all",
    meaning: "Ports that are closed to the addresses of the list.",
  },
  enforcer: {
    is: "enforcer-list",
    otherwise: "those of [defaults] that are no commands and no edge services",
    meaning:
      "What blocks the addresses, as for a jail. Commands and edge services cannot: they change one address at a time.",
  },
  max_bytes: {
    is: "integer",
    min: 1000,
    max: 67_108_864,
    default: 16_777_216,
    meaning: "A longer list is refused, counted after decompression.",
  },
  max_entries: {
    is: "integer",
    min: 1,
    max: 500_000,
    default: 200_000,
    meaning: "A list with more addresses and networks is refused.",
  },
  timeout: {
    needs: { keys: ["url"] },
    is: "duration",
    min: 1000,
    max: 600_000,
    default: "1m",
    meaning: "Time limit of a fetch, with its redirects.",
  },
} as const;
