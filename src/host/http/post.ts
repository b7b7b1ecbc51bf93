/** Posts to a URL once, in a separate program. Its messages contain no secret of the URL or of the headers. */
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { type HttpUrl, showHttpUrl } from "../../domain/http-url.ts";
import { parseJson } from "../../domain/json.ts";
import { runProgram } from "../process/run-program.ts";

export interface HttpPost {
  /** POST by default. */
  readonly method?: "PUT";
  readonly url: HttpUrl;
  readonly body: string;
  readonly contentType: "application/json" | "application/x-www-form-urlencoded";
  /** Further headers, whose values are secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}

export type PostEnd =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The first 4 KiB of the answer's body, which may be incomplete. */
      readonly body: string;
      /** The wait that the server requests before a retry, in milliseconds; 0: none. */
      readonly wait: number;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** What an answer means for the same post, when only its status counts. */
export type PostVerdict =
  | { readonly kind: "taken" }
  | {
      readonly kind: "failed";
      readonly reason: string;
      /** Whether the same post may succeed later. */
      readonly retryable: boolean;
      /** The wait that the server requests before a retry, in milliseconds. */
      readonly wait: number;
    };

/** Added to the post's time limit, for the program to start and exit. */
const START_MS = 5000;
const MAX_WAIT_MS = 86_400_000;
/** The running Node binary, and the program as read at start: an upgrade may replace both files. */
const NODE = "/proc/self/exe";
const PROGRAM = readFileSync(new URL("post-once.ts", import.meta.url), "utf8");

const ANSWER = v.union([
  v.object({ status: v.number(), retryAfter: v.optional(v.string()), body: v.string() }),
  v.object({ error: v.string() }),
]);

/** Posts once, within `milliseconds`. Never rejects. */
export async function post(order: HttpPost): Promise<PostEnd> {
  const { method = "POST", url, body, contentType, headers = {}, milliseconds } = order;
  // Node's own list lacks an organization's certificate authority; the system's store has it.
  const trust = url.startsWith("https:") ? ["--use-system-ca"] : [];
  const all = { "content-type": contentType, ...headers };
  const run = await runProgram({
    argv: [NODE, ...trust, "--input-type=module-typescript", "--eval", PROGRAM],
    input: JSON.stringify({ method, url, body, headers: all, milliseconds }),
    timeoutMilliseconds: milliseconds + START_MS,
  });
  const answer = v.safeParse(ANSWER, parseJson(run.output));
  if (!answer.success) return failed(`the post was not made: ${run.error}`, order);
  if ("error" in answer.output) return failed(answer.output.error, order);
  const { status, retryAfter, body: text } = answer.output;
  return { kind: "answered", status, body: text, wait: readWait(retryAfter) };
}

export function judgePost(end: PostEnd): PostVerdict {
  if (end.kind === "failed") return { ...end, retryable: true, wait: 0 };
  const { status, wait } = end;
  if (status >= 200 && status < 300) return { kind: "taken" };
  const retryable = status === 408 || status === 429 || status >= 500;
  const what = status < 400 ? "a redirect, which is not followed" : "an error";
  return { kind: "failed", reason: `it answered ${status}, ${what}`, retryable, wait };
}

/** Reads Retry-After in seconds; a date counts as no wait (RFC 9110, section 10.2.3). */
function readWait(retryAfter: string | undefined): number {
  const seconds = Number(retryAfter ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT_MS) : 0;
}

function failed(reason: string, { url, headers = {} }: HttpPost): PostEnd {
  const { pathname, search, username, password } = new URL(url);
  const secrets = [pathname, search, username, password, ...Object.values(headers)];
  // Removes Node's advice about its own flags, which does not help an administrator.
  const shown = secrets
    .filter((secret) => secret.length > 3)
    .reduce(
      (left, secret) => left.replaceAll(secret, "…"),
      reason.replace(/; if the root CA.*$/s, "").replaceAll(url, showHttpUrl(url)),
    );
  return { kind: "failed", reason: shown };
}
