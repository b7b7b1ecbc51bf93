/**
 * Matrix (spec.matrix.org, Client-Server API, "PUT /rooms/{roomId}/send/{eventType}/{txnId}"): an m.notice without
 * formatted_body is plain text, and empty m.mentions notify nobody. The server ignores a repeated transaction ID. A
 * refusal with 429 may have `retry_after_ms`.
 */
import * as v from "valibot";
import { joinHttpUrl } from "../../domain/http-url.ts";
import { parseJson } from "../../domain/json.ts";
import { composeText, titleOf } from "./compose-text.ts";
import type { Service } from "./service.ts";

/** An event has at most 65,536 bytes. */
const MAX_LENGTH = 16_000;
const REFUSAL = v.object({ retry_after_ms: v.number() });

export const MATRIX: Service<"matrix"> = {
  request(message, { settings, secret }) {
    const room = encodeURIComponent(settings.room);
    const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${message.id}`;
    const body = composeText(message, { maxLength: MAX_LENGTH, prefix: `${titleOf(message)}: ` });
    return {
      method: "PUT",
      url: joinHttpUrl(settings.server, path),
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({ msgtype: "m.notice", body, "m.mentions": {} }),
    };
  },
  waitOf(_status, body) {
    const read = v.safeParse(REFUSAL, parseJson(body));
    return read.success ? read.output.retry_after_ms : 0;
  },
};
