/**
 * Fetches a block list: bounded in time, size and redirects. Certificates are always verified, and no redirect leads
 * from https to http. What a publisher calls unchanged is not sent again (RFC 9110, section 13).
 */
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { isTrustedWay } from "../config/cross-check-lists.ts";
import { type Duration, formatDuration } from "../domain/duration.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import type { Validators } from "./list-copy.ts";

export interface FetchOptions {
  readonly url: string;
  /** Of the content that is known, if any. */
  readonly validators: Validators;
  /** Maximum length of the list, after decompression. */
  readonly maxBytes: number;
  readonly timeout: Duration;
  readonly signal: AbortSignal;
}

export interface FetchedFeed {
  readonly text: string;
  readonly validators: Validators;
}

const MAX_REDIRECTS = 5;
/** A longer value is no useful validator, and is not stored. */
const MAX_VALIDATOR = 512;

/** Returns the list; undefined: it is unchanged. Fails with the reason. */
export async function fetchFeed(
  options: FetchOptions,
): Promise<Result<FetchedFeed | undefined, string>> {
  const { timeout } = options;
  const limit = AbortSignal.timeout(timeout);
  const signal = AbortSignal.any([limit, options.signal]);
  try {
    return await followRedirects({ ...options, signal });
  } catch (error) {
    if (limit.aborted) return fail(`no complete answer within ${formatDuration(timeout)}`);
    return fail(explain(error));
  }
}

async function followRedirects(
  options: FetchOptions,
): Promise<Result<FetchedFeed | undefined, string>> {
  let url = new URL(options.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await ask(url, options);
    const { statusCode: status = 0, headers } = answer;
    if (status === 200) return await readAnswer(answer, options.maxBytes);
    // Nothing else of the answer is read.
    answer.destroy();
    if (status === 304 && isConditional(options)) return ok(undefined);
    const next = headers.location;
    if (![301, 302, 303, 307, 308].includes(status) || next === undefined)
      return fail(`the server answers with status ${status}`);
    if (!URL.canParse(next, url)) return fail("the server redirects to no valid address");
    const to = new URL(next, url);
    if (!isTrustedWay(to) || (url.protocol === "https:" && to.protocol !== "https:"))
      return fail(`the server redirects to an address without https, on ${to.host}`);
    url = to;
  }
  return fail(`the server redirects more than ${MAX_REDIRECTS} times`);
}

function isConditional({ validators: { etag, modified } }: FetchOptions): boolean {
  return etag !== undefined || modified !== undefined;
}

function ask(url: URL, { validators, signal }: FetchOptions): Promise<IncomingMessage> {
  const { etag, modified } = validators;
  const headers = {
    "user-agent": "bailiff",
    "accept-encoding": "gzip",
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(modified === undefined ? {} : { "if-modified-since": modified }),
  };
  const send = url.protocol === "https:" ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    // Without an agent no connection stays open for an hour.
    send(url, { agent: false, headers, signal })
      .once("response", resolve)
      .once("error", reject)
      .end();
  });
}

async function readAnswer(
  answer: IncomingMessage,
  maxBytes: number,
): Promise<Result<FetchedFeed, string>> {
  const { etag, "last-modified": modified, "content-encoding": encoding = "" } = answer.headers;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of decode(answer, encoding)) {
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) return fail(`it has more than ${maxBytes} bytes (max_bytes)`);
    chunks.push(chunk);
  }
  const validators = { etag: shortened(etag), modified: shortened(modified) };
  return ok({ text: Buffer.concat(chunks).toString("utf8"), validators });
}

function decode(answer: IncomingMessage, encoding: string): Readable {
  if (encoding === "" || encoding === "identity") return answer;
  if (encoding !== "gzip" && encoding !== "x-gzip")
    throw new Error(`the answer has the unknown encoding ${JSON.stringify(encoding.slice(0, 20))}`);
  const plain = createGunzip();
  answer.once("error", (error) => plain.destroy(error));
  plain.once("close", () => answer.destroy());
  return answer.pipe(plain);
}

function shortened(validator: string | undefined): string | undefined {
  return validator !== undefined && validator.length <= MAX_VALIDATOR ? validator : undefined;
}

function explain(error: unknown): string {
  // An AggregateError, thrown after several addresses failed, has no reason itself.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  // Its number is one of zlib, and none of the system.
  if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
    return `the answer is no valid gzip: ${error.message}`;
  // Removes Node's advice about its own flags, which does not help an administrator.
  return reasonOf(error).replace(/; if the root CA.*$/s, "");
}
