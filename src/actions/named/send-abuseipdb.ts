/**
 * Reports a ban to AbuseIPDB by its API v2 (docs.abuseipdb.com, "REPORT Endpoint"): POST of a form with ip, categories,
 * comment and timestamp, and the key in the header `Key`. Errors are JSON: {"errors": [{"detail", "status",
 * "source": {"parameter"}}]}.
 */
import * as v from "valibot";
import type { NamedAction } from "../../config/config.ts";
import { formatInstant } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import { judgePost, post } from "../../host/http/post.ts";
import { readSecret } from "../../host/read-secret.ts";
import { describeAttempts } from "./describe-attempts.ts";
import type { SendReport } from "./report-action.ts";

const TIMEOUT_MS = 15_000;
/** The wait after a refusal of the key. */
const KEY_WAIT_MS = 600_000;
/** The wait after 429 without Retry-After. */
const LIMIT_WAIT_MS = 3_600_000;
/** The API cuts longer comments at 1024. */
const MAX_COMMENT_LENGTH = 1000;

const ERRORS = v.object({
  errors: v.array(v.object({ source: v.optional(v.object({ parameter: v.string() })) })),
});

export function createAbuseipdbSender({
  url,
  key_file: keyFile,
  lines: sendsLines,
}: NamedAction<"abuseipdb">): SendReport {
  return async (facts) => {
    const key = await readSecret(keyFile);
    if (!key.ok) return { kind: "refused", reason: key.error, wait: KEY_WAIT_MS };
    const comment = [describeAttempts(facts), ...(sendsLines ? facts.lines : [])].join("\n");
    const end = await post({
      url,
      body: new URLSearchParams({
        ip: facts.ip,
        categories: facts.categories.join(","),
        comment: comment.slice(0, MAX_COMMENT_LENGTH),
        timestamp: formatInstant(facts.times.at(-1) ?? facts.times[0]),
      }).toString(),
      contentType: "application/x-www-form-urlencoded",
      headers: { accept: "application/json", key: key.value },
      milliseconds: TIMEOUT_MS,
    });
    if (end.kind === "answered") {
      const { status, wait } = end;
      // Another reporter with this key reported the address within 15 minutes.
      if (status === 429 && isAboutAddress(end.body)) return { kind: "skipped" };
      if (status === 429) return { kind: "paused", wait: wait > 0 ? wait : LIMIT_WAIT_MS };
      if (status === 401 || status === 402 || status === 403) {
        const reason = `it answered ${status}: ${REFUSALS[status]}`;
        return { kind: "refused", reason, wait: Math.max(wait, KEY_WAIT_MS) };
      }
    }
    const verdict = judgePost(end);
    if (verdict.kind === "taken") return { kind: "done" };
    const { reason, retryable, wait } = verdict;
    return retryable ? { kind: "failed", reason, wait } : { kind: "dropped", reason };
  };
}

const REFUSALS = {
  401: "the key is not valid",
  402: "the account must be paid for",
  403: "the key may not report",
} as const;

function isAboutAddress(body: string): boolean {
  const read = v.safeParse(ERRORS, parseJson(body));
  return read.success && read.output.errors.some(({ source }) => source?.parameter === "ip");
}
