/** Sends one mail to a mail server, in a separate program. Its results contain no password. */
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { parseJson } from "../../domain/json.ts";
import { redact } from "../http/redact.ts";
import { runProgram } from "../process/run-program.ts";
import type { MailOrder } from "./mail-order.ts";

export type MailEnd =
  | {
      readonly kind: "accepted";
      /** The server's reply. */
      readonly answer: string;
      /** Recipients that the server refused, each with its reply: "x@example.org: 550 no such user". */
      readonly refused: readonly string[];
    }
  | {
      readonly kind: "failed";
      readonly reason: string;
      /** Whether the server may accept the same mail later. */
      readonly retryable: boolean;
    };

/** Added to the time limit, for the program to start and exit. */
const START_MS = 5000;
/** The running Node binary: an upgrade may replace its file. */
const NODE = "/proc/self/exe";
const PROGRAM = fileURLToPath(new URL("send-mail-once.ts", import.meta.url));
/** Replies from here on are permanent (RFC 5321, section 4.2.1). */
const PERMANENT = 500;

const ANSWER = v.union([
  v.object({ answer: v.string(), refused: v.array(v.string()) }),
  v.object({ error: v.string(), code: v.number() }),
]);

/** Sends a mail within `milliseconds`. Never rejects. */
export async function sendMail(order: MailOrder): Promise<MailEnd> {
  const run = await runProgram({
    // Node's own list lacks an organization's certificate authority; the system's store has it.
    argv: [NODE, "--use-system-ca", PROGRAM],
    input: JSON.stringify(order),
    timeoutMilliseconds: order.milliseconds + START_MS,
  });
  const read = v.safeParse(ANSWER, parseJson(run.output));
  const hide = (text: string): string => hidePassword(text, order);
  if (!read.success)
    return { kind: "failed", reason: hide(`the mail was not sent: ${run.error}`), retryable: true };
  const end = read.output;
  return "error" in end
    ? { kind: "failed", reason: hide(end.error), retryable: end.code < PERMANENT }
    : { kind: "accepted", answer: hide(end.answer), refused: end.refused.map(hide) };
}

/** A server may repeat the login that it refuses. */
function hidePassword(text: string, { user, password }: MailOrder): string {
  if (password === undefined) return text;
  return redact(redact(text, `\0${user ?? ""}\0${password}`), password);
}
