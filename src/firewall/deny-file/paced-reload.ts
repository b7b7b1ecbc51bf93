/**
 * Runs the command that makes another program read its deny list, at a limited rate and in a bounded time. States: due
 * (the program may not have read the file yet), done.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Duration } from "../../domain/duration.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { runCommand } from "../../host/process/run-command.ts";
import { sleep } from "../../host/timers.ts";
import type { Emit } from "../../telemetry/events.ts";

export interface PacedReload {
  /** Called after the file was written. */
  setDue(): void;
  /** Runs the command if it is due, after waiting for its turn. A failed one stays due. */
  run(): Promise<Result<undefined, string>>;
  /** Ends the waiting: the reload runs immediately. */
  hurry(): void;
  /** Ends a running command, and the waiting. */
  close(): void;
}

export interface ReloadOptions {
  /** An absolute path and arguments; empty: the program reads the file by itself. */
  readonly argv: readonly string[];
  /** Minimum time between two reloads. */
  readonly every: Duration;
  readonly timeout: Duration;
  readonly clock: Clock;
  readonly emit: Emit;
}

const MAX_OUTPUT_LENGTH = 300;

export function createPacedReload(options: ReloadOptions): PacedReload {
  const { argv, every, timeout, clock, emit } = options;
  const stop = new AbortController();
  let waiting = new AbortController();
  // The daemon may have ended between a write and its reload.
  let isDue = argv.length > 0;
  let last = Number.NEGATIVE_INFINITY;
  /** The last reported failure, because a failed reload is repeated often. */
  let reported: string | undefined;
  return {
    setDue: () => {
      isDue = argv.length > 0;
    },
    run: async () => {
      if (!isDue) return ok(undefined);
      const wait = last + every - clock.monotonic();
      if (wait > 0) await sleep(wait, waiting.signal);
      last = clock.monotonic();
      const run = { argv, timeoutMilliseconds: timeout, signal: stop.signal };
      const { ok: succeeded, how, error, output } = await runCommand(run);
      isDue = !succeeded;
      if (succeeded) {
        reported = undefined;
        return ok(undefined);
      }
      // Only logged, because more people see the state of a ban than the log, and a program may print its password.
      const said = (error || output).replaceAll(/\s+/g, " ").trim().slice(0, MAX_OUTPUT_LENGTH);
      if (reported !== `${how} ${said}`)
        emit({ event: "list-reload-failed", reason: how, output: said });
      reported = `${how} ${said}`;
      return fail(
        `the reload command failed: ${how}${said === "" ? "" : " (the log has its output)"}`,
      );
    },
    hurry: () => {
      waiting.abort();
      waiting = new AbortController();
    },
    close: () => {
      waiting.abort();
      stop.abort();
    },
  };
}
