/**
 * Microsoft Teams (learn.microsoft.com, "Create incoming webhooks with Workflows" and "Adaptive Cards"): a message of at
 * most 28 KB with a card. A TextRun has no Markdown, but `{{DATE(…)}}` of a template is replaced in any text. The answer
 * is 202, or 200 of an older webhook.
 */
import type { HttpUrl } from "../../domain/http-url.ts";
import { composeText, titleOf } from "./compose-text.ts";
import type { Service } from "./service.ts";

/** Of at most 3 bytes each in UTF-8. */
const MAX_LENGTH = 8000;

export const TEAMS: Service<"teams"> = {
  request(message, { secret }) {
    const escape = (character: string): string => (character === "{" ? "❴" : character);
    const text = composeText(message, { maxLength: MAX_LENGTH, escape });
    const body = [
      paragraph({ text: titleOf(message), weight: "bolder" }),
      ...text.split("\n").map((line) => paragraph({ text: line })),
    ];
    const card = {
      $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
      ...{ type: "AdaptiveCard", version: "1.2", body },
    };
    const contentType = "application/vnd.microsoft.card.adaptive";
    const attachments = [{ contentType, contentUrl: null, content: card }];
    return { url: secret as HttpUrl, body: JSON.stringify({ type: "message", attachments }) };
  },
};

function paragraph(run: { readonly text: string; readonly weight?: string }): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", ...run }] };
}
