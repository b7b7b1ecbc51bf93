/** Describes the zones of firewalld that have interfaces or sources now, all of which our rules cover. */
import { type Bus, PERMANENT, RUNTIME, stringsIn } from "./bus.ts";

/** Returns "zones public (eth0) and docker (docker0)"; without any in use, names the default zone. */
export async function describeZones(bus: Bus): Promise<string> {
  const active = await bus.call({ object: RUNTIME, method: "zone.getActiveZones" });
  const zones = Object.entries(active ?? {}).map(([zone, uses]) => {
    const { interfaces, sources } = uses as Readonly<Record<string, unknown>>;
    return `${zone} (${[...stringsIn(interfaces), ...stringsIn(sources)].join(", ")})`;
  });
  const fallback = String(await bus.property(PERMANENT, "DefaultZone"));
  if (zones.length === 0) return `every zone, of which only ${fallback} is in use, by default`;
  return `every zone: ${zones.join(", ")}, all other interfaces in ${fallback}`;
}
