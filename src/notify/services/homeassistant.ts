/**
 * Home Assistant (developers.home-assistant.io, "REST API"): POST /api/services/DOMAIN/ACTION with a long-lived access
 * token. Persistent notifications show Markdown, and old notify actions fill in templates; phones show some HTML.
 */
import { joinHttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { escapeMarkdown, useLookAlike } from "./escape-markup.ts";
import type { Service } from "./service.ts";

/** What a phone is sent has at most 4 KB. */
const MAX_LENGTH = 3000;

export const HOMEASSISTANT: Service<"homeassistant"> = {
  request(message, { settings, secret }) {
    const isMarkdown = settings.service.startsWith("persistent_notification.");
    const escape = isMarkdown ? escapeMarkdown : escapePlain;
    return {
      url: joinHttpUrl(settings.server, `/api/services/${settings.service.replace(".", "/")}`),
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        title: titleOf(message),
        message: composeText(message, { maxLength: MAX_LENGTH, escape }),
      }),
    };
  },
};

function escapePlain(character: string): string {
  return character === "{" ? "❴" : useLookAlike(character);
}
