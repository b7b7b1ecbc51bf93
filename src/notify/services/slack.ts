/**
 * Slack (docs.slack.dev, "Sending messages using incoming webhooks" and "Formatting message text"): text with `&`, `<`
 * and `>` as entities, without mrkdwn. The answer is 200 and "ok", or an error with its name as text.
 */
import type { HttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import type { Service } from "./service.ts";

/** Slack accepts 40,000 characters and recommends 4000. */
const MAX_LENGTH = 12_000;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export const SLACK: Service<"slack"> = {
  request(message, { secret }) {
    const escape = (character: string): string => ENTITIES[character] ?? character;
    const prefix = `${titleOf(message)}: `;
    const text = composeText(message, { maxLength: MAX_LENGTH, escape, prefix });
    return { url: secret as HttpUrl, body: JSON.stringify({ text, mrkdwn: false }) };
  },
};
