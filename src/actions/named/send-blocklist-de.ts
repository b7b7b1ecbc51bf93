/**
 * Reports a ban to blocklist.de by its HTTP interface (www.blocklist.de/en/httpreports.html): POST of a form with server
 * (its e-mail address or number), apikey, ip, service, logs and format. The answer has `status`, "success" or "error",
 * and `error`: 0, or messages by the name of the field.
 */
import * as v from "valibot";
import type { NamedAction } from "../../config/config.ts";
import { formatInstant } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import { judgePost, post } from "../../host/http/post.ts";
import { readSecret } from "../../host/read-secret.ts";
import { escapeText } from "../../telemetry/escape-text.ts";
import type { Delivery } from "./delivery-queue.ts";
import type { SendReport } from "./report-action.ts";
import type { ReportFacts } from "./report-facts.ts";

const TIMEOUT_MS = 15_000;
/** The wait after a refusal of the key or the server. */
const KEY_WAIT_MS = 600_000;

const ANSWER = v.object({
  status: v.optional(v.string()),
  error: v.optional(v.unknown()),
});

export function createBlocklistDeSender({
  url,
  server,
  service,
  key_file: keyFile,
  lines: sendsLines,
}: NamedAction<"blocklist-de">): SendReport {
  return async (facts) => {
    const key = await readSecret(keyFile);
    if (!key.ok) return { kind: "refused", reason: key.error, wait: KEY_WAIT_MS };
    const attacked = service ?? serviceOf(facts);
    const logs = sendsLines && facts.lines.length > 0 ? facts.lines : ownLines(facts, attacked);
    const end = await post({
      url,
      body: new URLSearchParams({
        ...{ server, apikey: key.value, ip: facts.ip, service: attacked },
        ...{ logs: logs.join("\n"), format: "json" },
      }).toString(),
      contentType: "application/x-www-form-urlencoded",
      milliseconds: TIMEOUT_MS,
    });
    const verdict = judgePost(end);
    if (verdict.kind === "failed") {
      const { reason, retryable, wait } = verdict;
      return retryable ? { kind: "failed", reason, wait } : { kind: "dropped", reason };
    }
    return end.kind === "answered" ? judgeAnswer(end.body, key.value) : { kind: "done" };
  };
}

/** Judges the answer's body: the interface answers 200 for errors as well. */
function judgeAnswer(body: string, key: string): Delivery {
  const read = v.safeParse(ANSWER, parseJson(body));
  if (!read.success) {
    const reason = "it did not answer in the documented form";
    return { kind: "failed", reason, wait: 0 };
  }
  const { status, error } = read.output;
  if (status === "success" || error === 0 || error === "0") return { kind: "done" };
  const messages = JSON.stringify(error ?? status ?? "").replaceAll(key, "…");
  const reason = `it refused the report: ${escapeText(messages)}`;
  return /apikey|api-key|server|email/i.test(messages)
    ? { kind: "refused", reason, wait: KEY_WAIT_MS }
    : { kind: "dropped", reason };
}

/** Returns the name that the service is known by; blocklist.de uses those of ports. */
function serviceOf({ port }: ReportFacts): string {
  return port === undefined || /^\d/.test(port) ? "all" : port;
}

/** Returns lines that name neither users nor hosts, because the interface requires some. */
function ownLines({ ip, times }: ReportFacts, service: string): readonly string[] {
  return times.map((at) => `${formatInstant(at)} bailiff: failed attempt (${service}) from ${ip}`);
}
