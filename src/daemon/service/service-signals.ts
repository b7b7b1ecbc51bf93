/** Handles signals that stop the service or reload its configuration. */

export interface Ending {
  readonly reason: string;
  /** Whether to lift every ban. */
  readonly unban: boolean;
  /** The signal that stopped the service, if any. */
  readonly signal: NodeJS.Signals | undefined;
}

export interface SignalHandlers {
  readonly onStop: (ending: Ending) => void;
  readonly onReload: () => void;
}

/** Installs the handlers. A second SIGTERM or SIGINT ends the process immediately. */
export function handleSignals({ onStop, onReload }: SignalHandlers): void {
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) raiseAgain(signal);
      isStopping = true;
      onStop({ reason: signal, unban: false, signal });
    });
  }
  process.removeAllListeners("SIGHUP");
  process.on("SIGHUP", onReload);
}

/** Sends the handled signal to this process again, so that the parent process sees which signal ended it. */
export function raiseAgain(signal: NodeJS.Signals | undefined): void {
  if (signal === undefined) return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
