/** Submits one mail to a mail server. Loads the library, so only send-mail-once.ts imports it. */
import { connect, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import { reasonOf } from "../explain-system-error.ts";
import { describeTimeout } from "../process/describe-timeout.ts";
import type { MailOrder } from "./mail-order.ts";

export type Submission =
  | { readonly answer: string; readonly refused: readonly string[] }
  /** `code`: reply code with which the server refused the mail; 0: it failed for another reason. */
  | { readonly error: string; readonly code: number };

/** What the library adds to its errors. */
interface SmtpFailure extends Error {
  readonly response?: string;
  readonly responseCode?: number;
  readonly code?: string;
  readonly command?: string;
}

/** Submits a mail within `order.milliseconds`. Never rejects. */
export async function submitMail(order: MailOrder): Promise<Submission> {
  const late = Promise.withResolvers<Submission>();
  const { milliseconds } = order;
  const limit = setTimeout(() => {
    late.resolve({ error: describeTimeout(milliseconds), code: 0 });
  }, milliseconds);
  const end = await Promise.race([submit(order).catch(describeFailure), late.promise]);
  clearTimeout(limit);
  return end;
}

async function submit(order: MailOrder): Promise<Submission> {
  const { host, port, security, user, password, ca, from, to, mail, milliseconds } = order;
  const connection = await open(order);
  const transport = createTransport({
    ...{ connection, host, port, secure: security === "tls" },
    ...{ requireTLS: security === "starttls", ignoreTLS: security === "none" },
    tls: { minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) },
    // Without forceAuth, the library skips the login at a server that offers none.
    ...(user !== undefined && { auth: { user, pass: password ?? "" }, forceAuth: true }),
    ...{ connectionTimeout: milliseconds, greetingTimeout: milliseconds },
    ...{ socketTimeout: milliseconds, disableFileAccess: true, disableUrlAccess: true },
  });
  const sent = await transport.sendMail({ envelope: { from, to: [...to] }, raw: mail });
  const refused = (sent.rejectedErrors ?? []).map(
    ({ recipient, response }) => `${recipient ?? "a recipient"}: ${response ?? "refused"}`,
  );
  return { answer: sent.response, refused };
}

/** Connects by the host's own rules for names: the library would ask DNS first. */
function open({ host, port }: MailOrder): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, autoSelectFamily: true }, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

function describeFailure(error: unknown): Submission {
  // Each of the addresses of a server has its own reason.
  if (error instanceof AggregateError)
    return { error: error.errors.map(reasonOf).join("; "), code: 0 };
  if (!(error instanceof Error)) return { error: String(error), code: 0 };
  const { response, responseCode = 0, code, command = "CONN" }: SmtpFailure = error;
  if (response === undefined) return { error: plainReason(reasonOf(error)), code: 0 };
  const step = command === "CONN" ? "" : ` to ${command}`;
  // Without encryption, who answers may not be the server.
  return { error: `it answered${step}: ${response}`, code: code === "ETLS" ? 0 : responseCode };
}

/** Removes what helps no administrator, source files of OpenSSL and advice about Node's own flags, and adds a remedy. */
function plainReason(reason: string): string {
  return reason
    .replace(/[0-9A-F]+:error:[^:]*:[^:]*:[^:]*:([^:]*):.*$/s, "$1")
    .replace(/; if the root CA.*$/s, "")
    .replace(/^(?:self-signed|unable to (?:get|verify)) .*$/s, "$& (ca_file can trust its issuer)");
}
