/** Sends one message to the service of a channel. Its results contain no secret of the channel. */
import { readFile } from "node:fs/promises";
import type { ChannelConfig, ChannelKind, ChannelOf } from "../config/channels/channel-kinds.ts";
import { type HttpUrl, parseHttpUrl, showHttpUrl } from "../domain/http-url.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { judgePost, post, type PostEnd } from "../host/http/post.ts";
import { redact } from "../host/http/redact.ts";
import { readSecret } from "../host/read-secret.ts";
import { escapeText } from "../telemetry/escape-text.ts";
import type { Message, ServiceRequest } from "./services/service.ts";
import { SERVICES } from "./services/services.ts";

export type Delivery =
  | { readonly kind: "delivered"; readonly to: string; readonly answer: string }
  | {
      readonly kind: "failed";
      /** The host, or the channel if its address is not known. */
      readonly to: string;
      readonly reason: string;
      /** Whether the same message may be accepted later. */
      readonly retryable: boolean;
      /** The wait that the service requests before a retry, in milliseconds. */
      readonly wait: number;
    };

/** Maximum characters of an answer that are shown. */
const MAX_ANSWER_LENGTH = 200;

/** Sends a message within `milliseconds`. Never rejects. */
export async function sendMessage(
  channel: ChannelConfig,
  message: Message,
  milliseconds: number,
): Promise<Delivery> {
  const secret = await secretOf(channel);
  if (!secret.ok)
    return {
      ...{ kind: "failed", to: `[notify.${channel.name}]`, reason: secret.error },
      ...{ retryable: true, wait: 0 },
    };
  const request = requestOf(channel, message, secret.value);
  const { contentType = "application/json", ...rest } = request;
  const end = await post({ ...rest, contentType, milliseconds });
  const to = showHttpUrl(request.url);
  const answer = showAnswer(end, "url" in channel.settings ? pathOf(request.url) : secret.value);
  const verdict = judgePost(end);
  if (verdict.kind === "taken") return { kind: "delivered", to, answer };
  const { waitOf } = SERVICES[channel.kind];
  const wait = end.kind === "answered" ? (waitOf?.(end.status, end.body) ?? 0) : 0;
  const reason = answer === "" ? verdict.reason : `${verdict.reason}: ${answer}`;
  const { retryable } = verdict;
  return { kind: "failed", to, reason, retryable, wait: Math.max(verdict.wait, wait) };
}

function requestOf<Kind extends ChannelKind>(
  { kind, settings }: ChannelOf<Kind>,
  message: Message,
  secret: string,
): ServiceRequest {
  return SERVICES[kind].request(message, { settings, secret });
}

function secretOf({ settings }: ChannelConfig): Promise<Result<string, string>> {
  if ("url" in settings) return addressOf(settings);
  const { token_file: file } = settings;
  return file === undefined ? Promise.resolve(ok("")) : readSecret(file);
}

async function addressOf(settings: {
  readonly url: HttpUrl | undefined;
  readonly url_file: string | undefined;
}): Promise<Result<string, string>> {
  const { url, url_file: file } = settings;
  if (file === undefined) return url === undefined ? fail("it has no address") : ok(url);
  try {
    const read = parseHttpUrl(await readFile(file, "utf8"));
    return read === undefined
      ? fail(`${file} does not contain an http or https address`)
      : ok(read);
  } catch (error) {
    return fail(`${file} cannot be read: ${systemReason(error) ?? reasonOf(error)}`);
  }
}

/** Returns the part of a URL that may be a secret. */
function pathOf(url: HttpUrl): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** Returns the begin of an answer on one line, without the secret. */
function showAnswer(end: PostEnd, secret: string): string {
  if (end.kind === "failed") return "";
  const text = redact(end.body, secret).replace(/\s+/g, " ").trim();
  return escapeText(text.slice(0, MAX_ANSWER_LENGTH));
}
