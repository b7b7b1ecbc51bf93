/** Sends requests to this server, with the session's second secret, which only this origin can read. */
import type { ErrorReply, LoginReply } from "../web-messages.ts";

const TOKEN = "bailiff-token";
const TOKEN_HEADER = "X-Bailiff-Token";

/** Milliseconds after which a question without an answer has failed: what is shown must not look current for long. */
const PATIENCE_MS = 30_000;

export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | null;

  constructor({ code, message, hint }: ErrorReply["error"]) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.hint = hint;
  }
}

export async function ask<Reply>(path: string): Promise<Reply> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    return await send<Reply>(path, { method: "GET", signal: late.signal });
  } finally {
    clearTimeout(timer);
  }
}

type ActionName =
  | "unban"
  | "undo_unban"
  | "ban"
  | "allow"
  | "disallow"
  | "reset_breaker"
  | "acknowledge"
  | "undo_campaign"
  | "verify"
  | "add_rule";

/** Sends an action of an operator. Throws an `ApiError` if it is refused. */
export async function order<Reply>(
  action: ActionName,
  input: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  return await send<Reply>(`/api/actions/${action}`, {
    method: "POST",
    body: JSON.stringify(input),
  });
}

/** Opens a stream of server-sent events. `last`: id of the event after which it resumes. */
export async function openStream(
  path: string,
  last: string | undefined,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const resume: Record<string, string> = last === undefined ? {} : { "Last-Event-ID": last };
  const headers = { [TOKEN_HEADER]: tokenOf(), ...resume };
  const response = await fetch(path, { headers, signal });
  if (response.ok && response.body !== null) return response.body;
  throw new ApiError(unreadable(response.status));
}

/** Logs in with a link's token, with name and password, or as the proxy says. Throws an `ApiError` if refused. */
export async function logIn(
  login: { link: string } | { name: string; password: string } | Record<string, never>,
): Promise<void> {
  const { token } = await send<LoginReply>("/api/login", {
    method: "POST",
    body: JSON.stringify(login),
  });
  localStorage.setItem(TOKEN, token);
}

export async function logOut(): Promise<void> {
  await send("/api/logout", { method: "POST" });
  localStorage.removeItem(TOKEN);
}

async function send<Reply>(path: string, request: RequestInit): Promise<Reply> {
  const headers = { [TOKEN_HEADER]: tokenOf(), "Content-Type": "application/json" };
  let response: Response;
  try {
    response = await fetch(path, { ...request, headers });
  } catch {
    throw new ApiError({
      message: "the dashboard does not answer",
      code: "offline",
      hint: "it was stopped, or the connection is lost: systemctl status bailiff-web",
    });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as Reply;
  throw new ApiError(errorOf(body) ?? unreadable(response.status));
}

function tokenOf(): string {
  return localStorage.getItem(TOKEN) ?? "";
}

function errorOf(body: unknown): ErrorReply["error"] | undefined {
  return typeof body === "object" && body !== null && "error" in body
    ? (body as ErrorReply).error
    : undefined;
}

function unreadable(status: number): ErrorReply["error"] {
  return { message: `an answer could not be read (${status})`, code: "unreadable", hint: null };
}
