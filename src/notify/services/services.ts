/** Lists the service of each kind of channel. A new one needs one file here and its keys in the configuration. */
import type { ChannelKind } from "../../config/channels/channel-kinds.ts";
import { ALERTMANAGER } from "./alertmanager.ts";
import { COMMAND } from "./command.ts";
import { DISCORD } from "./discord.ts";
import { GOTIFY } from "./gotify.ts";
import { HOMEASSISTANT } from "./homeassistant.ts";
import { MATRIX } from "./matrix.ts";
import { NTFY } from "./ntfy.ts";
import { PAGERDUTY } from "./pagerduty.ts";
import { PUSHOVER } from "./pushover.ts";
import { SENDMAIL } from "./sendmail.ts";
import type { Service } from "./service.ts";
import { SMTP } from "./smtp.ts";
import { SLACK } from "./slack.ts";
import { TEAMS } from "./teams.ts";
import { TELEGRAM } from "./telegram.ts";
import { WEBHOOK } from "./webhook.ts";

export const SERVICES: { readonly [kind in ChannelKind]: Service<kind> } = {
  webhook: WEBHOOK,
  slack: SLACK,
  discord: DISCORD,
  teams: TEAMS,
  telegram: TELEGRAM,
  matrix: MATRIX,
  ntfy: NTFY,
  gotify: GOTIFY,
  pushover: PUSHOVER,
  pagerduty: PAGERDUTY,
  alertmanager: ALERTMANAGER,
  homeassistant: HOMEASSISTANT,
  smtp: SMTP,
  sendmail: SENDMAIL,
  command: COMMAND,
};
