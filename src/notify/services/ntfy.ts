/**
 * Ntfy (docs.ntfy.sh/publish, "Publish as JSON"): plain text of at most 4096 bytes, since a longer one becomes an
 * attachment. Markdown needs a field that is not sent. A refusal has Retry-After or nothing.
 */
import { joinHttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import { worstLevel } from "./rank-notices.ts";
import type { Service } from "./service.ts";

const MAX_BYTES = 4096;
/** 5: maximum, 3: default. */
const PRIORITIES = { error: 5, warn: 4, info: 3 } as const;

export const NTFY: Service<"ntfy"> = {
  request(message, { settings, secret }) {
    const measure = (text: string): number => new TextEncoder().encode(text).length;
    return {
      url: joinHttpUrl(settings.server, "/"),
      ...(secret === "" ? {} : { headers: { authorization: `Bearer ${secret}` } }),
      body: JSON.stringify({
        topic: settings.topic,
        title: titleOf(message),
        message: composeText(message, { maxLength: MAX_BYTES, measure }),
        priority: PRIORITIES[worstLevel(message)],
      }),
    };
  },
};
