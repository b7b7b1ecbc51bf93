/** Streams live events to a page as server-sent events. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { LiveEvents } from "../live-events.ts";
import type { Sessions } from "../login/sessions.ts";
import type { LiveBatch } from "../web-messages.ts";
import type { SessionEnv } from "./session-env.ts";

/** Milliseconds after which a page must connect again, and show its session. */
const MAX_STREAM_MS = 10 * 60_000;
/** Milliseconds after the end for the page to read the rest; then its connection is closed. */
const FAREWELL_MS = 5000;

/** Throws a `WebError` if too many pages listen. */
export function streamLiveEvents(
  context: Context<SessionEnv>,
  live: LiveEvents,
  sessions: Sessions,
): Response {
  const { session } = context.var;
  const { outgoing } = context.env;
  // Nobody would read the stream of a HEAD request, nor end it.
  if (context.req.method === "HEAD") return context.body(null, 200);
  const closed = new AbortController();
  const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(MAX_STREAM_MS)]);
  const after = context.req.header("Last-Event-ID");
  const batches = live.listen({ user: session.user.name, after }, signal);
  outgoing.once("close", () => closed.abort());
  // Of a page that reads no more, the last batch is never written.
  signal.addEventListener("abort", () => {
    setTimeout(() => outgoing.destroy(), FAREWELL_MS).unref();
  });
  return streamSSE(context, async (stream) => {
    for await (const { id, events, missed } of batches) {
      if (!sessions.isOpen(session)) break;
      await stream.writeSSE({ id, data: JSON.stringify({ events, missed } satisfies LiveBatch) });
    }
    closed.abort();
  });
}
