/** Describes jails of a fail2ban configuration that cannot run as written. */
import type { StatusReply } from "../../control/status-messages.ts";
import { nameJails } from "../../fail2ban/config/group-problems.ts";
import { report } from "../terminal.ts";
import { hang } from "../wrap-text.ts";

export function describeLeftOut(
  { left_out }: Pick<StatusReply, "left_out">,
  width: number,
): readonly string[] {
  const said = left_out.map((one) => {
    const reasons = one.reasons.map((reason) => reason.replace(`: ${one.name}.`, ": "));
    return { ...one, cause: JSON.stringify([one.kept, reasons]), general: reasons };
  });
  // Shows one cause once, however many jails it concerns.
  return [...Map.groupBy(said, ({ cause }) => cause).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const reasons = group.length === 1 ? first.reasons : first.general;
    const what = first.kept
      ? "not reloaded: the last good configuration stays in use"
      : "LEFT OUT: cannot run as written";
    return [
      hang({
        head: "",
        text: `${nameJails(group.map(({ name }) => name))}: ${what}`,
        width,
        indent: 2,
      }),
      ...reasons.map((reason) => hang({ head: "  ", text: report(reason), width, indent: 4 })),
    ];
  });
}
