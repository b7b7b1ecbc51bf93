/** Reports to systemd whether the service is starting, ready, reloading or stopping, and that it is alive. */
import { amount } from "../../domain/amount.ts";
import { openServiceNotifier, type ServiceNotifier } from "../../host/process/sd-notify.ts";
import type { Daemon } from "../daemon.ts";

export async function openSystemdReports(
  env: Readonly<Record<string, string | undefined>>,
): Promise<SystemdReports> {
  return new SystemdReports(await openServiceNotifier(env));
}

export class SystemdReports {
  readonly #notifier: ServiceNotifier;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(notifier: ServiceNotifier) {
    this.#notifier = notifier;
  }

  reportStatus(daemon: Daemon): void {
    this.#notifier.notify(`STATUS=${statusLine(daemon)}`);
  }

  reportReady(daemon: Daemon): void {
    this.#notifier.notify(`READY=1\nSTATUS=${statusLine(daemon)}`);
  }

  /** Reloads the daemon, and reports that to systemd. */
  async reload(daemon: Daemon): Promise<void> {
    this.#notifier.notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    await daemon.reload("SIGHUP");
    this.reportReady(daemon);
  }

  reportStopping(): void {
    this.#notifier.notify("STOPPING=1");
    clearInterval(this.#watchdog);
  }

  /** Sends a watchdog message at half of systemd's interval, so that one lost message does no harm. */
  startWatchdog(): void {
    const { watchdogInterval } = this.#notifier;
    if (watchdogInterval === undefined) return;
    this.#watchdog = setInterval(() => this.#notifier.notify("WATCHDOG=1"), watchdogInterval);
    this.#watchdog.unref();
  }
}

function statusLine(daemon: Daemon): string {
  const judged = daemon.watched().map((jail) => ({
    name: jail.live.jail.name,
    ...daemon.proofs.judge(jail),
  }));
  const trouble = judged.flatMap(({ name, state, reason, cause }) =>
    cause === undefined ? [] : [`${name} ${state}: ${reason}`],
  );
  const protecting = judged.filter(({ state }) => state === "protecting").length;
  return [`${protecting} of ${amount(judged.length, "jail")} protecting`, ...trouble].join("; ");
}
