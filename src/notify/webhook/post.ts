/** Posts to a URL once, in a separate program. Its messages contain no secret of the URL. */
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { type HttpUrl, showHttpUrl } from "../../domain/http-url.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { parseJson } from "../../domain/json.ts";

export type PostEnd =
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
const MAX_WAIT_MS = 3_600_000;
/** The running Node binary, and the program as read at start: an upgrade may replace both files. */
const NODE = "/proc/self/exe";
const PROGRAM = readFileSync(new URL("post-json.ts", import.meta.url), "utf8");

const ANSWER = v.union([
  v.object({ status: v.number(), retryAfter: v.optional(v.string()) }),
  v.object({ error: v.string() }),
]);

/** Posts a body once, within `milliseconds`. Never rejects. */
export async function post(url: HttpUrl, body: string, milliseconds: number): Promise<PostEnd> {
  // Node's own list lacks an organization's certificate authority; the system's store has it.
  const trust = url.startsWith("https:") ? ["--use-system-ca"] : [];
  const run = await runProgram({
    argv: [NODE, ...trust, "--input-type=module-typescript", "--eval", PROGRAM],
    input: JSON.stringify({ url, body, milliseconds }),
    timeoutMilliseconds: milliseconds + START_MS,
  });
  const answer = v.safeParse(ANSWER, parseJson(run.output));
  if (!answer.success) return failed(`the post was not made: ${run.error}`, url);
  if ("error" in answer.output) return failed(answer.output.error, url);
  return judge(answer.output.status, answer.output.retryAfter);
}

function judge(status: number, retryAfter: string | undefined): PostEnd {
  if (status >= 200 && status < 300) return { kind: "taken" };
  const retryable = status === 408 || status === 429 || status >= 500;
  const seconds = Number(retryAfter ?? 0);
  const wait = Number.isFinite(seconds) ? Math.min(seconds * 1000, MAX_WAIT_MS) : 0;
  const what = status < 400 ? "a redirect, which is not followed" : "an error";
  return { kind: "failed", reason: `it answered ${status}, ${what}`, retryable, wait };
}

function failed(reason: string, url: HttpUrl): PostEnd {
  return { kind: "failed", reason: withoutSecrets(reason, url), retryable: true, wait: 0 };
}

function withoutSecrets(text: string, url: HttpUrl): string {
  const { pathname, search, username, password } = new URL(url);
  const secrets = [pathname, search, username, password];
  // Removes Node's advice about its own flags, which does not help an administrator.
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce(
      (left, secret) => left.replaceAll(secret, "…"),
      text.replace(/; if the root CA.*$/s, "").replaceAll(url, showHttpUrl(url)),
    );
}
