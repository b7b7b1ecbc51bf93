/**
 * Opens the replacements of fail2ban's socket and log for other programs. Both are off unless configured. A failure to
 * open one is only reported, so that the daemon still protects.
 */
import type { DaemonConfig } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import { CodedError } from "../../domain/errors.ts";
import { type CommandSocket, openCommandSocket } from "./command-socket.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { createFail2banAnswer, type Fail2banAnswer } from "./answer-fail2ban.ts";
import type { Daemon } from "../../daemon/daemon.ts";
import { openFail2banLog } from "./fail2ban-log.ts";

export interface CompatibilityOptions {
  readonly socket: DaemonConfig["socket"] | undefined;
  readonly log: string | undefined;
  readonly clock: Clock;
  readonly emit: Emit;
}

export interface Compatibility extends AsyncDisposable {
  /** Receives every event of the daemon. */
  observe(event: TelemetryEvent): void;
  /** Begins to log; must be called before the first line is read. */
  begin(daemon: Daemon): void;
  /** Opens the socket; `stop` stops the daemon. */
  serve(daemon: Daemon, stop: (who: string) => void): Promise<void>;
}

export function openCompatibility({
  socket: path,
  log: logPath,
  clock,
  emit,
}: CompatibilityOptions): Compatibility {
  const log = openFail2banLog({ path: logPath, clock, emit });
  let answer: Fail2banAnswer | undefined;
  let socket: CommandSocket | undefined;
  let stopping: ((who: string) => void) | undefined;

  async function open(portFor: Fail2banAnswer["portFor"], at: string): Promise<void> {
    try {
      socket = await openCommandSocket({
        path: at,
        portFor: ({ who }) => portFor(who),
        refused: (reason) => emit({ event: "control-refused", reason: `fail2ban: ${reason}` }),
        failed: (reason) => emit({ event: "bug", part: "fail2ban socket", reason }),
      });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      emit({ event: "compatibility-failed", part: "socket", reason: error.message });
    }
  }

  return {
    observe(event) {
      log.observe(event);
      answer?.tally.observe(event);
    },
    begin(daemon) {
      log.useBook(daemon.book);
      const stop = (who: string): void => stopping?.(who);
      answer = createFail2banAnswer(daemon, { clock, log, stop });
    },
    async serve(daemon, stop) {
      stopping = stop;
      answer ??= createFail2banAnswer(daemon, { clock, log, stop });
      if (path !== undefined) await open(answer.portFor, path);
    },
    async [Symbol.asyncDispose]() {
      await socket?.[Symbol.asyncDispose]();
      log.close();
    },
  };
}
