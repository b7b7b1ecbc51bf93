/**
 * Notifies systemd of the state of the service (sd_notify(3)): READY, RELOADING, STOPPING, STATUS, WATCHDOG. Does
 * nothing without NOTIFY_SOCKET. Uses libsystemd, because Node has no datagram sockets for local addresses.
 */
export interface ServiceNotifier {
  notify(state: string): void;
  /** The interval at which systemd expects WATCHDOG=1, in milliseconds; undefined: it expects none. */
  readonly watchdogInterval: number | undefined;
}

export async function openServiceNotifier(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ServiceNotifier> {
  if (env["NOTIFY_SOCKET"] === undefined)
    return { notify: () => undefined, watchdogInterval: undefined };
  const send = await loadSdNotify();
  const usec = Number(env["WATCHDOG_USEC"] ?? 0);
  return {
    notify: (state) => void send?.(0, state),
    watchdogInterval: usec > 0 ? usec / 2000 : undefined,
  };
}

async function loadSdNotify(): Promise<((unset: number, state: string) => unknown) | undefined> {
  try {
    const { default: koffi } = await import("koffi");
    return koffi.load("libsystemd.so.0").func("int sd_notify(int unset, const char *state)");
  } catch {
    // Without libsystemd, systemd does not run.
    return undefined;
  }
}
