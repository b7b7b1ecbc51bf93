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
      "Lowest level of notices. error: nothing protects or something was lost. warn: also what is degraded, moved or guarded. info: also recoveries.",
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
