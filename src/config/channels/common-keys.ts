/** Lists keys that several kinds of channels for notices share, in the form of schema.ts. */

/** Keys of every channel. */
export const COMMON = {
  min_interval: {
    is: "duration",
    min: 1000,
    max: 86_400_000,
    default: "1m",
    meaning:
      "Minimum time between two messages; events in between are sent together in the next one.",
  },
  least: {
    is: "choice",
    of: ["error", "warn", "info"],
    default: "info",
    meaning:
      "Lowest level of notices. error: nothing protects or something was lost. warn: also what is degraded, moved or guarded. info: also recoveries, and bans if events names them.",
  },
  jails: {
    is: "names",
    example: ["sshd", "nginx"],
    otherwise: "notices of all jails are sent",
    meaning: "Jails whose notices are sent. Those that concern no jail are sent as well.",
  },
  events: {
    is: "event-list",
    default: ["usual"],
    meaning:
      "Events that are sent. usual: those that need attention. Any other name of the catalog may be added, such as ban, or stand alone.",
  },
  digest: {
    is: "duration",
    min: 60_000,
    max: 86_400_000,
    otherwise: "notices are sent as soon as min_interval allows",
    meaning:
      "How long notices below error are collected before they are sent together. An error is sent immediately, with all that was collected.",
  },
  quiet: {
    is: "day-times",
    otherwise: "there are no quiet hours",
    meaning:
      "Hours of the day, in local time, in which only errors are sent. Everything else waits for their end.",
  },
} as const;

/** Keys of a channel whose address is its secret. */
export const URL_KEYS = {
  url: {
    is: "http-url",
    otherwise: "url_file is used",
    meaning:
      "Where notices are posted. It may contain a token: it is never logged or shown. Keep the file readable by root alone, or use url_file.",
  },
  url_file: {
    is: "path",
    example: "/etc/bailiff/notices.url",
    otherwise: "url is used",
    meaning:
      "File that contains the address instead, such as a systemd credential. It is read again for each message.",
  },
} as const;

export const SERVER = {
  server: {
    is: "http-url",
    required: "https://notices.example.org",
    meaning: "Address of the server. A path is kept, for a server behind a proxy.",
  },
} as const;

export const TOKEN = {
  token_file: {
    is: "path",
    required: "/etc/bailiff/notices.token",
    meaning:
      "File with the token, closed to other users, or a systemd credential (/run/credentials/bailiff.service/NAME). It is read again for each message.",
  },
} as const;
