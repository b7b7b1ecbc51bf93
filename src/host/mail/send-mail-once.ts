/**
 * Sends one mail as a separate program, so that the daemon never loads the library. Input: a MailOrder as JSON on
 * standard input, so that no process list shows the password. Output: a Submission as JSON.
 */
import { text } from "node:stream/consumers";
import type { MailOrder } from "./mail-order.ts";
import { submitMail } from "./submit-mail.ts";

const order: MailOrder = JSON.parse(await text(process.stdin));
const submission = await submitMail(order);
// After a time-out, the connection would keep this program running.
process.stdout.write(JSON.stringify(submission), () => process.exit());
