/** Gotify (gotify.net/api-docs, "POST /message", and gotify.net/docs/msgextras): a text that clients show as it is. */
import { joinHttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { worstLevel } from "./rank-notices.ts";
import type { Service } from "./service.ts";

const MAX_LENGTH = 16_000;
/** Clients make a sound from 4 on, and show the notice above all else from 8 on. */
const PRIORITIES = { error: 8, warn: 5, info: 3 } as const;

export const GOTIFY: Service<"gotify"> = {
  request: (message, { settings, secret }) => ({
    url: joinHttpUrl(settings.server, "/message"),
    headers: { "x-gotify-key": secret },
    body: JSON.stringify({
      title: titleOf(message),
      message: composeText(message, { maxLength: MAX_LENGTH }),
      priority: PRIORITIES[worstLevel(message)],
      extras: { "client::display": { contentType: "text/plain" } },
    }),
  }),
};
