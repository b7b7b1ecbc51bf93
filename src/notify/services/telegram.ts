/**
 * Telegram (core.telegram.org/bots/api, "sendMessage"): text of at most 4096 characters. One `pre` entity covers all of
 * it, so that no name becomes a mention, a command or a link. A refusal has `parameters.retry_after` in seconds.
 */
import * as v from "valibot";
import { joinHttpUrl } from "../../domain/http-url.ts";
import { parseJson } from "../../domain/json.ts";
import { composeText, titleOf } from "./compose-text.ts";
import type { Service } from "./service.ts";

const MAX_LENGTH = 4096;
const REFUSAL = v.object({ parameters: v.object({ retry_after: v.number() }) });

export const TELEGRAM: Service<"telegram"> = {
  request(message, { settings, secret }) {
    const prefix = `${titleOf(message)}: `;
    const text = composeText(message, { maxLength: MAX_LENGTH, prefix });
    return {
      url: joinHttpUrl(settings.server, `/bot${secret}/sendMessage`),
      body: JSON.stringify({
        chat_id: settings.chat,
        text,
        // Its offset and length are in UTF-16 code units.
        entities: [{ type: "pre", offset: 0, length: text.length }],
        link_preview_options: { is_disabled: true },
      }),
    };
  },
  waitOf(_status, body) {
    const read = v.safeParse(REFUSAL, parseJson(body));
    return read.success ? read.output.parameters.retry_after * 1000 : 0;
  },
};
