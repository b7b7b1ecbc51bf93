/**
 * Sends the requests of a definition: credential, address, interpretation of answers, and pauses. After an answer that
 * says "too many requests", and after a failure, no request is sent until the pause that the service asks for, or the
 * backoff, is over. No message contains the credential.
 */
import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { getCACertificates } from "node:tls";
import type { Clock } from "../../domain/clock.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { parseJson } from "../../domain/json.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Backoff, createBackoff } from "../../host/backoff.ts";
import { sleep } from "../../host/timers.ts";
import type { Definition, RequestTemplate } from "./definition.ts";
import { callHttp, type HttpEnd } from "./http-call.ts";
import { readSecret, type SecretSource } from "./read-secret.ts";
import { redact } from "../../host/http/redact.ts";
import { type AwsCredentials, signAws } from "./sign-aws.ts";
import { type Condition, fillText, fillValue, isMet, readPath, type Values } from "./template.ts";

export interface ServiceError {
  /** rejected: this request can never succeed, others may. All others concern every request. */
  readonly kind: "busy" | "unauthorized" | "rejected" | "unreachable";
  readonly message: string;
}

export type Answer = Result<unknown, ServiceError>;

export interface ServiceClientOptions {
  readonly definition: Definition;
  readonly baseUrl: URL;
  readonly secret: SecretSource;
  /** Certificate authorities as PEM, instead of those of the system. */
  readonly ca: string | undefined;
  readonly region: string | undefined;
  readonly timeout: Duration;
  readonly pauses: { readonly first: Duration; readonly longest: Duration };
  readonly clock: Clock;
}

const MAX_PAUSE_MS = 3_600_000;
const MAX_MESSAGE_LENGTH = 300;
/** First and longest pause between two looks at an operation, and how long one may take, in milliseconds. */
const POLL = { first: 100, longest: 5000, total: 120_000 };

export class ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #agent: PlainAgent | SecureAgent;
  readonly #backoff: Backoff;
  #received = 0;
  /** Ends the requests in progress. */
  #stop = new AbortController();
  /** The credential of the last request, which no message may contain. */
  #secret = "";
  /** Monotonic time before which nothing is sent, and why. */
  #pause = { until: Number.NEGATIVE_INFINITY, reason: "" };

  constructor(options: ServiceClientOptions) {
    const { baseUrl, ca } = options;
    this.#options = options;
    this.#backoff = createBackoff(options.pauses);
    this.#agent =
      baseUrl.protocol === "https:"
        ? new SecureAgent({ keepAlive: true, ca: ca ?? trustedAuthorities() })
        : new PlainAgent({ keepAlive: true });
  }

  /** Number of characters of all answers so far. */
  get received(): number {
    return this.#received;
  }

  async send(template: RequestTemplate, values: Values): Promise<Answer> {
    const { clock, timeout } = this.#options;
    const left = this.#pause.until - clock.monotonic();
    if (left > 0) {
      const wait = formatDuration(duration(left));
      return this.#fail("busy", `${this.#pause.reason}; next request in ${wait}`);
    }
    const secret = readSecret(this.#options.secret);
    if (!secret.ok) return this.#fail("unauthorized", secret.error);
    this.#secret = secret.value;
    const built = this.#build(template, values, secret.value);
    const end = await callHttp({
      ...built,
      agent: this.#agent,
      timeoutMilliseconds: timeout,
      signal: this.#stop.signal,
    });
    if (end.kind === "answered") this.#received += end.text.length;
    const answer = this.#interpret(
      end,
      template.success ?? this.#options.definition.errors.success,
    );
    if (answer.ok) return answer;
    const { kind, message } = answer.error;
    const shown = `${built.method} ${built.url.pathname}: ${message}`;
    if (kind === "busy" || kind === "unreachable") this.#beginPause(end, shown);
    return this.#fail(kind, shown);
  }

  #build(
    { method, path, query, headers, body }: RequestTemplate,
    values: Values,
    secret: string,
  ): Pick<Parameters<typeof callHttp>[0], "url" | "method" | "headers" | "body"> {
    const { baseUrl } = this.#options;
    const url = new URL(
      `${baseUrl.pathname.replace(/\/$/, "")}${fillText(path, values, encodeURIComponent)}`,
      baseUrl,
    );
    for (const [name, value] of Object.entries(query)) {
      const filled = fillText(value, values);
      if (filled !== "") url.searchParams.set(name, filled);
    }
    const text = body === undefined ? undefined : JSON.stringify(fillValue(body, values));
    const filled = Object.entries(headers).map(([name, value]): [string, string] => [
      name.toLowerCase(),
      fillText(value, values),
    ]);
    const type = text === undefined ? {} : { "content-type": "application/json" };
    const usual = { ...type, accept: "application/json", "user-agent": "bailiff" };
    const all: Record<string, string> = { ...usual, ...Object.fromEntries(filled) };
    const request = { method, url, headers: all, body: text ?? "" };
    return { method, url, headers: { ...all, ...this.#authorize(request, secret) }, body: text };
  }

  #authorize(
    request: Parameters<typeof signAws>[0],
    secret: string,
  ): Readonly<Record<string, string>> {
    const { definition, region = "", clock } = this.#options;
    switch (definition.credential) {
      case "bearer":
        return { authorization: `Bearer ${secret}` };
      case "basic":
        return { authorization: `Basic ${Buffer.from(secret).toString("base64")}` };
      case "header":
        return { [(definition.header ?? "").toLowerCase()]: secret };
      case "aws": {
        const scope = { region, service: definition.aws_service ?? "" };
        return signAws(request, parseAwsCredentials(secret), scope, clock.now());
      }
    }
  }

  #interpret(end: HttpEnd, success: Condition | undefined): Answer {
    if (end.kind === "failed") return this.#fail("unreachable", this.#quote(end.reason));
    const { errors } = this.#options.definition;
    const { status, text } = end;
    const json = parseJson(text);
    if (status >= 200 && status < 300) {
      if (text !== "" && json === undefined) return this.#fail("rejected", "the answer is no JSON");
      if (success === undefined || isMet(success, json)) return ok(json);
    }
    const found = errors.message.map((path) => readPath(json, path)).filter(isShown);
    const unstated =
      status >= 200 && status < 300 ? "the answer does not say that it succeeded" : "";
    const said = this.#quote(found.join(", ")) || unstated;
    const message = `answered ${status}${said === "" ? "" : `: ${said}`}`;
    const has = (texts: readonly string[]): boolean => texts.some((part) => text.includes(part));
    if (status === 429 || has(errors.busy)) return this.#fail("busy", message);
    if (status === 401 || status === 403 || has(errors.unauthorized))
      return this.#fail("unauthorized", `${message} (check the token and its permissions)`);
    if (status === 408 || status >= 500) return this.#fail("unreachable", message);
    return this.#fail("rejected", message);
  }

  /** Redacts first: a cut could leave half of the credential. */
  #quote(text: string): string {
    return redact(text, this.#secret).slice(0, MAX_MESSAGE_LENGTH);
  }

  #fail(kind: ServiceError["kind"], message: string): Answer {
    return fail({ kind, message });
  }

  #beginPause(end: HttpEnd, reason: string): void {
    const { clock } = this.#options;
    const asked = end.kind === "answered" ? parseRetryAfter(end.retryAfter, clock.now()) : 0;
    const wait = Math.max(asked, this.#backoff.next());
    this.#pause = { until: clock.monotonic() + wait, reason };
  }

  /** Called after a request has succeeded, so that the next pause is short again. */
  resetBackoff(): void {
    this.#backoff.reset();
  }

  /** Waits until the service has completed an operation. */
  async untilDone(operation: string, values: Values): Promise<Answer> {
    const { wait } = this.#options.definition;
    if (wait === undefined) return ok(undefined);
    const pause = createBackoff({ first: duration(POLL.first), longest: duration(POLL.longest) });
    const { signal } = this.#stop;
    const began = this.#options.clock.monotonic();
    while (this.#options.clock.monotonic() - began < POLL.total) {
      const answer = await this.send(wait, { ...values, operation });
      if (!answer.ok) return answer;
      const state = String(readPath(answer.value, wait.state));
      if (wait.done.includes(state)) return answer;
      if (wait.failed.includes(state)) {
        const said = readPath(answer.value, wait.error ?? wait.state);
        return this.#fail("rejected", `the operation failed: ${this.#quote(String(said))}`);
      }
      if ((await sleep(pause.next(), signal)) === "aborted") break;
    }
    return this.#fail("unreachable", "the operation was not completed in time");
  }

  /** Ends the request in progress, which then fails; the pause after it lets the rest of a batch fail too. */
  interrupt(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  close(): void {
    this.#stop.abort();
    this.#agent.destroy();
  }
}

/** Node's own list lacks an organization's certificate authority; the system's store has it. */
function trustedAuthorities(): string[] {
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

/** "ID:SECRET" or "ID:SECRET:SESSION", as `bailiff` documents it. */
export function parseAwsCredentials(text: string): AwsCredentials {
  const [accessKeyId = "", secretAccessKey = "", ...session] = text.split(":");
  const sessionToken = session.length === 0 ? undefined : session.join(":");
  return { accessKeyId, secretAccessKey, sessionToken };
}

function isShown(value: unknown): value is string | number {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** Returns the pause in milliseconds: Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
export function parseRetryAfter(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_PAUSE_MS) : 0;
}
