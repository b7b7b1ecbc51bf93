/**
 * A socket that clients find at a path: bound, looked after, and removed. One whose file somebody removed (what cleans
 * /run, say) can be reached by nobody, so it is bound again; connections that are open stay.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import { existsSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createAlarm } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { bindSocket, type SocketPlace } from "./bind-socket.ts";

export interface ListenerOptions extends SocketPlace {
  readonly accept: (socket: Socket) => void;
  readonly emit: Emit;
  /** Milliseconds between checks that the file still exists. */
  readonly lookEvery: number;
}

export interface Listener {
  /** Takes no more connections and removes the file; resolves when those that are open have ended. */
  close(): Promise<void>;
  /** Lets another daemon have the path. */
  release(): void;
}

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { path, group, accept, emit, lookEvery } = options;
  const listening = (): Server => createServer({ allowHalfOpen: true }, accept);
  let server = listening();
  let lock = await bindSocket(server, { path, group });
  let reopening: Promise<void> = Promise.resolve();
  const looking = createAlarm(() => {
    reopening = reopen();
  });
  looking.set(lookEvery);

  async function reopen(): Promise<void> {
    looking.set(lookEvery);
    if (existsSync(path)) return;
    // Before the new one is bound: closing removes whatever has the name.
    server.close();
    lock?.release();
    lock = undefined;
    server = listening();
    try {
      lock = await bindSocket(server, { path, group });
      emit({ event: "control-reopened", path });
    } catch (error) {
      const reason = reasonOf(error);
      emit({ event: "control-refused", reason });
    }
  }

  return {
    async close() {
      looking.clear();
      await reopening;
      await new Promise((resolve) => server.close(resolve));
    },
    release: () => lock?.release(),
  };
}
