/**
 * Owns a listening socket at a path. If something removes the socket's file (such as a cleanup of /run), clients cannot
 * connect, so the socket is bound again; open connections stay.
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
  /** Accepts no more connections and removes the file; resolves when the open connections have ended. */
  close(): Promise<void>;
  /** Stops listening, so that another daemon can bind the path. */
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
    // Closed before the new one is bound, because closing removes the file at that path.
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
