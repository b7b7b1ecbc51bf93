/** Counts the bans of each jail since the daemon started, including those it found in the book. */
import type { BanBook } from "../../../domain/ban-book.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { TelemetryEvent } from "../../../telemetry/events.ts";

export interface BanTally {
  observe(event: TelemetryEvent): void;
  totalOf(jail: JailName): number;
}

export function createBanTally(book: Pick<BanBook, "countBans">): BanTally {
  const totals = new Map<string, number>(book.countBans());
  return {
    observe(event) {
      if (event.event !== "ban" || event.origin === "canary") return;
      totals.set(event.jail, (totals.get(event.jail) ?? 0) + 1);
    },
    totalOf: (jail) => totals.get(jail) ?? 0,
  };
}
