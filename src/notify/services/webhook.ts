/**
 * Webhook: the notices as JSON. Chat services show `text` (Mattermost, Rocket.Chat, Google Chat); the other fields are
 * for programs.
 */
import { formatInstant } from "../../domain/instant.ts";
import type { HttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { useLookAlike } from "./escape-markup.ts";
import type { Message, Service } from "./service.ts";

const MAX_LENGTH = 1_000_000;

export const WEBHOOK: Service<"webhook"> = {
  request: (message, { secret }) => ({ url: secret as HttpUrl, body: formatMessage(message) }),
};

/** Returns the JSON of a message. */
export function formatMessage(message: Message): string {
  const { host, notices, dropped } = message;
  const prefix = `${titleOf(message)}: `;
  return JSON.stringify({
    source: "bailiff",
    version: 1,
    host,
    text: composeText(message, { maxLength: MAX_LENGTH, escape: useLookAlike, prefix }),
    notices: notices.map((notice) => ({ ...notice, at: formatInstant(notice.at) })),
    dropped,
  });
}
