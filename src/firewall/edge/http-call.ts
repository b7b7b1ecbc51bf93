/**
 * Makes one HTTP request: bounded in time and size, certificates always verified, redirects not followed. Uses Node's
 * client rather than fetch, which cannot trust a private certificate authority for one service alone.
 */
import { type Agent, type ClientRequest, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { reasonOf } from "../../host/explain-system-error.ts";

export interface HttpCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  readonly timeoutMilliseconds: number;
  readonly signal: AbortSignal;
}

export type HttpEnd =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly text: string;
      readonly retryAfter: string | undefined;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** The largest answer is a page of a list. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Never rejects. Repeats a request whose connection the service had closed while it was idle. */
export async function callHttp(call: HttpCall): Promise<HttpEnd> {
  const end = await callOnce(call);
  return end === "closed-while-idle" ? asEnd(await callOnce(call)) : end;
}

function asEnd(end: HttpEnd | "closed-while-idle"): HttpEnd {
  return end === "closed-while-idle"
    ? { kind: "failed", reason: "the service closes each connection" }
    : end;
}

function callOnce(call: HttpCall): Promise<HttpEnd | "closed-while-idle"> {
  const { url, method, headers, body, agent, timeoutMilliseconds } = call;
  const limit = AbortSignal.timeout(timeoutMilliseconds);
  const signal = AbortSignal.any([limit, call.signal]);
  const send = url.protocol === "https:" ? requestSecure : requestPlain;
  return new Promise((resolve) => {
    const failed = (error: unknown): void => {
      const late = `no complete answer within ${timeoutMilliseconds / 1000}s`;
      resolve({ kind: "failed", reason: limit.aborted ? late : explain(error) });
    };
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, agent, signal, headers: { ...headers, ...length } };
    let sent: ClientRequest;
    try {
      sent = send(url, options);
    } catch (error) {
      // A credential with a character that no header may contain.
      failed(error);
      return;
    }
    sent.once("error", (error) => {
      const isReset = "code" in error && error.code === "ECONNRESET";
      if (sent.reusedSocket && isReset) resolve("closed-while-idle");
      else failed(error);
    });
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > MAX_ANSWER_BYTES) sent.destroy(new Error("its answer is too large"));
      });
      response.once("error", failed);
      response.once("end", () => {
        const { statusCode: status = 0, headers: fields } = response;
        resolve({ kind: "answered", status, text, retryAfter: fields["retry-after"] });
      });
    });
    sent.end(body);
  });
}

function explain(error: unknown): string {
  // An AggregateError, thrown after several addresses failed, has no reason itself.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  // Removes Node's advice about its own flags, which does not help an administrator.
  return reasonOf(error).replace(/; if the root CA.*$/s, "");
}
