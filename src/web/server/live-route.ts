/** Streams live events to a page as server-sent events. */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { LiveEvents } from "../live-events.ts";
import type { Sessions } from "../login/sessions.ts";
import type { LiveBatch } from "../web-messages.ts";
import type { SessionEnv } from "./action-routes.ts";

/** Milliseconds after which a page must connect again, and show its session. */
const MAX_STREAM_MS = 10 * 60_000;

export function streamLiveEvents(
  context: Context<SessionEnv>,
  live: LiveEvents,
  sessions: Sessions,
): Response {
  const { session } = context.var;
  const closed = new AbortController();
  const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(MAX_STREAM_MS)]);
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => closed.abort());
    for await (const { id, events, missed } of live.listen(
      context.req.header("Last-Event-ID"),
      signal,
    )) {
      if (!sessions.isOpen(session)) return;
      await stream.writeSSE({ id, data: JSON.stringify({ events, missed } satisfies LiveBatch) });
    }
  });
}
