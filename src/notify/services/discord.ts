/**
 * Discord (discord.com/developers, "Execute Webhook"): `content` of at most 2000 characters in Markdown. Empty
 * `allowed_mentions` notify nobody, whatever the text contains. The answer is 204, or 429 with Retry-After.
 */
import type { HttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { escapeMarkdown } from "./escape-markup.ts";
import type { Service } from "./service.ts";

const MAX_LENGTH = 2000;
/** SUPPRESS_EMBEDS: no previews of links. */
const FLAGS = 4;

export const DISCORD: Service<"discord"> = {
  request(message, { secret }) {
    const prefix = `${titleOf(message)}: `;
    const content = composeText(message, { maxLength: MAX_LENGTH, escape: escapeMarkdown, prefix });
    const body = JSON.stringify({ content, allowed_mentions: { parse: [] }, flags: FLAGS });
    return { url: secret as HttpUrl, body };
  },
};
