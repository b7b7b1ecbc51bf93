/**
 * Posts one text as a separate program: inside the daemon, HTTP and TLS would permanently use 10 to 16 MB. Input:
 * {"method", "url", "body", "headers", "milliseconds"} as JSON on standard input, so that no process list shows a
 * secret. Output: {"status", "retryAfter", "body"} or {"error"} as JSON. Does not follow redirects.
 */
import { text } from "node:stream/consumers";
import { getSystemErrorMessage } from "node:util";

interface Order {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}

/** Maximum wait for the answer's body, in milliseconds. */
const BODY_MS = 2000;
/** Maximum characters kept of the answer's body; the rest is not read. */
const MAX_ANSWER_LENGTH = 4096;

async function post({ method, url, body, headers, milliseconds }: Order): Promise<object> {
  const secure = new URL(url).protocol === "https:";
  const { request } = secure ? await import("node:https") : await import("node:http");
  return await new Promise((resolve) => {
    const sent = request(url, {
      method,
      agent: false,
      signal: AbortSignal.timeout(milliseconds),
      headers: {
        "content-length": Buffer.byteLength(body),
        "user-agent": "bailiff",
        ...headers,
      },
    });
    sent.once("response", (response) => {
      let answer = "";
      // The status decides, so a body that ends early or takes too long is no error.
      const end = (): void => {
        const retryAfter = response.headers["retry-after"];
        resolve({ status: response.statusCode, retryAfter, body: answer });
        response.destroy();
      };
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        answer = (answer + part).slice(0, MAX_ANSWER_LENGTH);
        if (answer.length === MAX_ANSWER_LENGTH) end();
      });
      response.once("end", end).once("close", end).on("error", end);
      setTimeout(end, BODY_MS).unref();
    });
    sent.on("error", (error) => resolve({ error: explain(error, milliseconds) }));
    sent.end(body);
  });
}

function explain(error: Error, milliseconds: number): string {
  if (error.name === "AbortError" || error.name === "TimeoutError")
    return `no answer within ${milliseconds / 1000} s`;
  // An AggregateError, thrown after several addresses failed, has no reason itself.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return reasonOf(error);
}

/** Like `reasonOf` in host/explain-system-error.ts, which this program does not load. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "errno" in error && typeof error.errno === "number"
    ? (getSystemErrorMessage(error.errno) ?? error.message)
    : error.message;
}

const order: Order = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await post(order)));
