/**
 * Pushover (pushover.net/api): a form with a message of at most 1024 characters, which is plain text without `html`. A
 * refusal with 429 means that the account's messages of the month are used up; a server error may be retried after 5 s.
 */
import { joinHttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { worstLevel } from "./rank-notices.ts";
import type { Service } from "./service.ts";

const MAX_LENGTH = 1024;
/** 1: high, 0: normal, -1: low. */
const PRIORITIES = { error: 1, warn: 0, info: -1 } as const;
const QUOTA_WAIT_MS = 3_600_000;
const ERROR_WAIT_MS = 5000;

export const PUSHOVER: Service<"pushover"> = {
  request: (message, { settings, secret }) => ({
    url: joinHttpUrl(settings.server, "/1/messages.json"),
    contentType: "application/x-www-form-urlencoded",
    body: new URLSearchParams({
      token: secret,
      user: settings.user_key,
      title: titleOf(message),
      message: composeText(message, { maxLength: MAX_LENGTH }),
      priority: String(PRIORITIES[worstLevel(message)]),
    }).toString(),
  }),
  waitOf: (status) => (status === 429 ? QUOTA_WAIT_MS : ERROR_WAIT_MS),
};
