import type { Jail } from "../jails/jail.ts";
import type { Emit } from "../telemetry/events.ts";

/** Reports that the siege of a jail began or ended since the last call. */
export function reportSiege(jail: Jail, emit: Emit): void {
  const { isOn, strangers: sources } = jail.weights.siege;
  if (isOn === jail.isSiegeReported) return;
  jail.isSiegeReported = isOn;
  emit({ event: isOn ? "siege-began" : "siege-ended", jail: jail.name, sources });
}
