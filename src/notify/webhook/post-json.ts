/**
 * Posts one JSON text as a separate program: inside the daemon, HTTP and TLS would permanently use 10 to 16 MB. Input:
 * {"url", "body", "milliseconds"} as JSON on standard input, so that no process list shows a secret. Output: {"status",
 * "retryAfter"} or {"error"} as JSON. Does not follow redirects.
 */
import { text } from "node:stream/consumers";
import { getSystemErrorMessage } from "node:util";

interface Order {
  readonly url: string;
  readonly body: string;
  readonly milliseconds: number;
}

async function post({ url, body, milliseconds }: Order): Promise<object> {
  const secure = new URL(url).protocol === "https:";
  const { request } = secure ? await import("node:https") : await import("node:http");
  return await new Promise((resolve) => {
    const sent = request(url, {
      method: "POST",
      agent: false,
      signal: AbortSignal.timeout(milliseconds),
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "bailiff",
      },
    });
    sent.once("response", (response) => {
      resolve({ status: response.statusCode, retryAfter: response.headers["retry-after"] });
      response.destroy();
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
