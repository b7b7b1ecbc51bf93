/** Sends one message to the service of a channel, or a mail by a channel of mail. Its results contain no secret of the channel. */
import type { ChannelConfig, ChannelKind, ChannelOf } from "../config/channels/channel-kinds.ts";
import { type HttpUrl, showHttpUrl } from "../domain/http-url.ts";
import { judgePost, post } from "../host/http/post.ts";
import { redact } from "../host/http/redact.ts";
import { sendMail } from "../host/mail/send-mail.ts";
import { runCommand } from "../host/process/run-command.ts";
import { escapeText } from "../telemetry/escape-text.ts";
import { readAuthorities, readChannelSecret } from "./channel-files.ts";
import type { MailContent } from "./services/format-mail.ts";
import { sendmailRequest } from "./services/sendmail.ts";
import type { Message, ServiceCommand, ServiceMail, ServiceRequest } from "./services/service.ts";
import { SERVICES } from "./services/services.ts";
import { smtpRequest } from "./services/smtp.ts";

export type Delivery =
  | {
      readonly kind: "delivered";
      readonly to: string;
      readonly answer: string;
      /** Recipients who do not get it, each with the reason; missing: all get it. */
      readonly refused?: string;
    }
  | {
      readonly kind: "failed";
      /** The host or the program, or the channel if its address is not known. */
      readonly to: string;
      readonly reason: string;
      /** Whether the same message may be accepted later. */
      readonly retryable: boolean;
      /** The wait that the service requests before a retry, in milliseconds. */
      readonly wait: number;
    };

/** Maximum characters of an answer that are shown. */
const MAX_ANSWER_LENGTH = 200;
/** Exit codes by which a program refuses a message permanently: EX_USAGE to EX_NOHOST of sysexits(3). */
const FIRST_REFUSAL = 64;
const LAST_REFUSAL = 68;

type Request = ServiceRequest | ServiceCommand | ServiceMail;

/** A channel that can send any mail. */
export type MailChannel = ChannelOf<"smtp"> | ChannelOf<"sendmail">;

export function isMailChannel(channel: ChannelConfig): channel is MailChannel {
  return channel.kind === "smtp" || channel.kind === "sendmail";
}

/** Sends a message within `milliseconds`. Never rejects. */
export function sendMessage(
  channel: ChannelConfig,
  message: Message,
  milliseconds: number,
): Promise<Delivery> {
  return send(channel, (secret) => requestOf(channel, message, secret), milliseconds);
}

/** Sends a mail that is no message of notices, within the time limit of the channel. Never rejects. */
export function sendMailBy(channel: MailChannel, content: MailContent): Promise<Delivery> {
  const request = (secret: string): Request =>
    channel.kind === "smtp"
      ? smtpRequest(content, channel.settings, secret)
      : sendmailRequest(content, channel.settings);
  return send(channel, request, channel.settings.timeout);
}

async function send(
  channel: ChannelConfig,
  requestWith: (secret: string) => Request,
  milliseconds: number,
): Promise<Delivery> {
  const secret = await readChannelSecret(channel);
  if (!secret.ok) return unsent(`[notify.${channel.name}]`, secret.error);
  const request = requestWith(secret.value);
  if ("argv" in request) return runService(request, milliseconds);
  if ("mail" in request) return mailTo(request, milliseconds);
  return postTo(channel, { request, secret: secret.value }, milliseconds);
}

/** A file may be corrected until the next try. */
function unsent(to: string, reason: string): Delivery {
  return { kind: "failed", to, reason, retryable: true, wait: 0 };
}

async function mailTo(
  { login, caFile, ...server }: ServiceMail,
  milliseconds: number,
): Promise<Delivery> {
  const to = `${server.host}:${server.port}`;
  const ca = await readAuthorities(caFile);
  if (!ca.ok) return unsent(to, ca.error);
  const { user, password } = login ?? {};
  const end = await sendMail({ ...server, user, password, ca: ca.value, milliseconds });
  if (end.kind === "failed") return { ...end, to, reason: showAnswer(end.reason), wait: 0 };
  const refused = end.refused.map(showAnswer).join("; ");
  const answer = showAnswer(end.answer);
  return { kind: "delivered", to, answer, ...(refused !== "" && { refused }) };
}

async function postTo(
  { kind, settings }: ChannelConfig,
  { request, secret }: { readonly request: ServiceRequest; readonly secret: string },
  milliseconds: number,
): Promise<Delivery> {
  const { contentType = "application/json", ...rest } = request;
  const end = await post({ ...rest, contentType, milliseconds });
  const to = showHttpUrl(request.url);
  const body = end.kind === "answered" ? end.body : "";
  const answer = showAnswer(redact(body, "url" in settings ? pathOf(request.url) : secret));
  const verdict = judgePost(end);
  if (verdict.kind === "taken") return { kind: "delivered", to, answer };
  const { waitOf } = SERVICES[kind];
  const wait = end.kind === "answered" ? (waitOf?.(end.status, body) ?? 0) : 0;
  const reason = answer === "" ? verdict.reason : `${verdict.reason}: ${answer}`;
  const { retryable } = verdict;
  return { kind: "failed", to, reason, retryable, wait: Math.max(verdict.wait, wait) };
}

async function runService(
  { argv, input }: ServiceCommand,
  timeoutMilliseconds: number,
): Promise<Delivery> {
  const { signal } = new AbortController();
  const end = await runCommand({ argv, input, timeoutMilliseconds, signal });
  const to = argv[0] ?? "";
  const answer = showAnswer(end.error === "" ? end.output : end.error);
  if (end.ok) return { kind: "delivered", to, answer };
  const reason = answer === "" ? end.how : `${end.how}: ${answer}`;
  const { code = 0, timedOut } = end;
  // A program that is stopped may exit with any code.
  const retryable = timedOut || code < FIRST_REFUSAL || code > LAST_REFUSAL;
  return { kind: "failed", to, reason, retryable, wait: 0 };
}

function requestOf<Kind extends ChannelKind>(
  { kind, settings }: ChannelOf<Kind>,
  message: Message,
  secret: string,
): Request {
  return SERVICES[kind].request(message, { settings, secret });
}

/** Returns the part of a URL that may be a secret. */
function pathOf(url: HttpUrl): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** Returns the begin of an answer on one line. */
function showAnswer(text: string): string {
  return escapeText(text.replace(/\s+/g, " ").trim().slice(0, MAX_ANSWER_LENGTH));
}
