/** Lists the kinds of channels for notices, with the keys of [notify.NAME], in the form of schema.ts. */
import type { Settings, ValuesOf } from "../setting.ts";
import { COMMON, SERVER, TOKEN, URL_KEYS } from "./common-keys.ts";
import { SMTP } from "./smtp-keys.ts";

export interface ChannelKeys<Own extends Settings> {
  /** Where the notices arrive, for the reference page. */
  readonly meaning: string;
  readonly keys: typeof COMMON & Own;
}

const TELEGRAM = {
  chat: {
    is: "text",
    required: "-1001234567890",
    meaning: "Number of the chat, or name of the channel, as @name.",
  },
  server: {
    is: "http-url",
    default: "https://api.telegram.org",
    meaning: "Address of the Bot API, which may be a server of your own.",
  },
} as const;

const MATRIX = {
  room: {
    is: "text",
    required: "!room:example.org",
    meaning: "Identifier of the room, which begins with !. The token's user must have joined it.",
  },
} as const;

const NTFY = {
  topic: {
    is: "name",
    required: "bailiff",
    meaning:
      "Topic. On a server without access control, anyone who knows it can read the notices: choose one that cannot be guessed.",
  },
  server: { is: "http-url", default: "https://ntfy.sh", meaning: "Address of the server." },
} as const;

const PUSHOVER = {
  user_key: {
    is: "name",
    required: "uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
    meaning: "Key of the user or group that receives the notices.",
  },
  server: {
    is: "http-url",
    default: "https://api.pushover.net",
    meaning: "Address of the service.",
  },
} as const;

const PAGERDUTY = {
  server: {
    is: "http-url",
    default: "https://events.pagerduty.com",
    meaning: "Address of the Events API; https://events.eu.pagerduty.com for accounts in the EU.",
  },
} as const;

const HOMEASSISTANT = {
  service: {
    is: "name",
    default: "persistent_notification.create",
    meaning: "Action that shows the notices, such as notify.mobile_app_phone.",
  },
} as const;

const SENDMAIL = {
  to: {
    is: "recipients",
    required: ["admin@example.org"],
    meaning: "Who receives the mail.",
  },
  from: {
    is: "email",
    otherwise: "the mail program writes its own",
    meaning: "Address of the sender.",
  },
  program: {
    is: "path",
    default: "/usr/sbin/sendmail",
    meaning: "Program that takes a mail on standard input and recipients as arguments.",
  },
} as const;

const COMMAND = {
  run: {
    is: "command",
    required: ["/usr/local/bin/notify"],
    meaning:
      "Program and arguments that run for each message, which comes on standard input, never through a shell. Exit codes 64 to 68 drop the notices; any other failure is retried.",
  },
  input: {
    is: "choice",
    of: ["text", "json"],
    default: "text",
    meaning: "Form of the message. json: as of the kind webhook.",
  },
} as const;

/** Time limit of a program. */
const TIMEOUT = {
  timeout: {
    is: "duration",
    min: 1000,
    max: 600_000,
    default: "30s",
    meaning: "Time limit of the program; then its process group is killed.",
  },
} as const;

/** Keys of a channel that works without a token. */
const OPTIONAL_TOKEN = {
  token_file: {
    is: "path",
    example: "/etc/bailiff/notices.token",
    otherwise: "no token is sent",
    meaning:
      "File with the token, closed to other users, or a systemd credential (/run/credentials/bailiff.service/NAME). It is read again for each message.",
  },
} as const;

export const CHANNEL_KINDS: {
  readonly webhook: ChannelKeys<typeof URL_KEYS>;
  readonly slack: ChannelKeys<typeof URL_KEYS>;
  readonly discord: ChannelKeys<typeof URL_KEYS>;
  readonly teams: ChannelKeys<typeof URL_KEYS>;
  readonly telegram: ChannelKeys<typeof TOKEN & typeof TELEGRAM>;
  readonly matrix: ChannelKeys<typeof SERVER & typeof TOKEN & typeof MATRIX>;
  readonly ntfy: ChannelKeys<typeof NTFY & typeof OPTIONAL_TOKEN>;
  readonly gotify: ChannelKeys<typeof SERVER & typeof TOKEN>;
  readonly pushover: ChannelKeys<typeof TOKEN & typeof PUSHOVER>;
  readonly pagerduty: ChannelKeys<typeof TOKEN & typeof PAGERDUTY>;
  readonly alertmanager: ChannelKeys<typeof SERVER & typeof OPTIONAL_TOKEN>;
  readonly homeassistant: ChannelKeys<typeof SERVER & typeof TOKEN & typeof HOMEASSISTANT>;
  readonly smtp: ChannelKeys<typeof SMTP>;
  readonly sendmail: ChannelKeys<typeof SENDMAIL & typeof TIMEOUT>;
  readonly command: ChannelKeys<typeof COMMAND & typeof TIMEOUT>;
} = {
  webhook: {
    meaning:
      "JSON for a program of yours, with a text for Mattermost, Rocket.Chat and Google Chat.",
    keys: { ...URL_KEYS, ...COMMON },
  },
  slack: { meaning: "An incoming webhook of Slack.", keys: { ...URL_KEYS, ...COMMON } },
  discord: { meaning: "A webhook of a Discord channel.", keys: { ...URL_KEYS, ...COMMON } },
  teams: {
    meaning: "A workflow of Microsoft Teams that posts what it receives.",
    keys: { ...URL_KEYS, ...COMMON },
  },
  telegram: {
    meaning: "A chat of Telegram, through a bot.",
    keys: { ...TOKEN, ...TELEGRAM, ...COMMON },
  },
  matrix: {
    meaning: "A room of Matrix that is not encrypted.",
    keys: { ...SERVER, ...TOKEN, ...MATRIX, ...COMMON },
  },
  ntfy: { meaning: "A topic of ntfy.", keys: { ...NTFY, ...OPTIONAL_TOKEN, ...COMMON } },
  gotify: {
    meaning: "An application of a Gotify server.",
    keys: { ...SERVER, ...TOKEN, ...COMMON },
  },
  pushover: {
    meaning: "Devices of a user or group of Pushover.",
    keys: { ...TOKEN, ...PUSHOVER, ...COMMON },
  },
  pagerduty: {
    meaning: "Incidents of a PagerDuty service, by Events API v2. Each notice is one event.",
    keys: { ...TOKEN, ...PAGERDUTY, ...COMMON },
  },
  alertmanager: {
    meaning: "Alerts in the Alertmanager of Prometheus.",
    keys: { ...SERVER, ...OPTIONAL_TOKEN, ...COMMON },
  },
  homeassistant: {
    meaning: "An action of Home Assistant.",
    keys: { ...SERVER, ...TOKEN, ...HOMEASSISTANT, ...COMMON },
  },
  smtp: {
    meaning: "Mail, through a mail server that bailiff logs in to.",
    keys: { ...SMTP, ...COMMON },
  },
  sendmail: {
    meaning: "Mail, through the program sendmail of the mail server on this host.",
    keys: { ...SENDMAIL, ...TIMEOUT, ...COMMON },
  },
  command: { meaning: "A program of yours.", keys: { ...COMMAND, ...TIMEOUT, ...COMMON } },
};

export type ChannelKind = keyof typeof CHANNEL_KINDS;

/** Settings of each kind of channel. */
export type ChannelSettings = {
  readonly [kind in ChannelKind]: ValuesOf<(typeof CHANNEL_KINDS)[kind]["keys"]>;
};

/** A table [notify.NAME] of some kinds. */
export interface ChannelOf<Kind extends ChannelKind> {
  readonly name: string;
  readonly kind: Kind;
  readonly settings: ChannelSettings[Kind];
}

export type ChannelConfig = { readonly [kind in ChannelKind]: ChannelOf<kind> }[ChannelKind];

export function isChannelKind(name: string): name is ChannelKind {
  return Object.hasOwn(CHANNEL_KINDS, name);
}
