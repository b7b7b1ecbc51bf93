/** Converts an event to the fields of its journal entry, as in `journalctl BAILIFF_JAIL=sshd BAILIFF_EVENT=ban`. */
import { EVENTS, type TelemetryEvent } from "./events.ts";
import { describeEvent, fieldsOf } from "./describe-event.ts";
import { PRIORITY } from "./render-event.ts";

export function journalFields(event: TelemetryEvent): readonly (readonly [string, string])[] {
  return [
    ["MESSAGE", describeEvent(event)],
    ["PRIORITY", String(PRIORITY[EVENTS[event.event].level])],
    ["SYSLOG_IDENTIFIER", "bailiff"],
    ["BAILIFF_EVENT", event.event],
    ...fieldsOf(event).map(([key, value]) => [`BAILIFF_${key.toUpperCase()}`, value] as const),
  ];
}
