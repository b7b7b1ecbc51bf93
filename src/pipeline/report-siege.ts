import type { Jail } from "../jails/jail.ts";
import type { Emit } from "../telemetry/events.ts";

/** Reports that the siege of a jail began or ended since the last call. */
export function reportSiege(jail: Jail, emit: Emit): void {
  const { isBesieged: isOn, siege } = jail.weights;
  if (isOn === jail.isSiegeReported) return;
  jail.isSiegeReported = isOn;
  const event = isOn ? "siege-began" : "siege-ended";
  emit({ event, jail: jail.name, sources: siege.strangers });
}
