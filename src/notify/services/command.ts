/** Command: a program of the administrator, with the message on standard input. */
import { composeText, titleOf } from "./compose-text.ts";
import type { Service } from "./service.ts";
import { formatMessage } from "./webhook.ts";

const MAX_LENGTH = 1_000_000;

export const COMMAND: Service<"command"> = {
  request(message, { settings: { run: argv, input } }) {
    const prefix = `${titleOf(message)}: `;
    const text =
      input === "json"
        ? formatMessage(message)
        : composeText(message, { maxLength: MAX_LENGTH, prefix });
    return { argv, input: `${text}\n` };
  },
};
