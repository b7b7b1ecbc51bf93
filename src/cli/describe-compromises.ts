/** Describes suspected compromises for the screens of `status`, `doctor`, `why` and `campaigns`. */
import type { CompromiseReply } from "../control/campaign-messages.ts";
import { amount } from "../domain/amount.ts";
import { formatWhen, sentence } from "./format-time.ts";
import { safe, type Terminal } from "./terminal.ts";
import { hang } from "./wrap-text.ts";

/** Number of alarms on a screen. */
const MAX_SHOWN = 10;

/** Returns a block of text, the newest first, with the commands to look and to acknowledge; none without an alarm. */
export function describeCompromises(
  alarms: readonly CompromiseReply[],
  terminal: Terminal,
): readonly string[] {
  const [newest] = alarms;
  if (newest === undefined) return [];
  const { width } = terminal;
  const mark = terminal.paint("red", "SUSPECTED COMPROMISE");
  const lines = alarms.slice(0, MAX_SHOWN).map(({ at, user, ip, jail, reason }) => {
    const what = `${formatWhen(at)} login of ${safe(user)} from ${ip} (${jail}): ${sentence(reason)}`;
    return hang({ head: `${mark}: `, text: what, width, indent: 2 });
  });
  const more = alarms.length - lines.length;
  const { alarms_not_kept: notKept } = newest;
  const isOne = notKept === 0 && alarms.every(({ ip }) => ip === newest.ip);
  const rest = more === 0 ? [] : [`  and ${amount(more, "older one")}: --json lists all`];
  if (notKept > 0) rest.push(`  and ${notKept} more, only in the log (compromise-suspected)`);
  const address = isOne ? newest.ip : "ADDRESS";
  const commands = [
    `  to look: bailiff why ${address}`,
    `  to acknowledge: bailiff campaigns --acknowledge ${isOne ? newest.ip : "ADDRESS|all"}`,
  ];
  return [[...lines, ...rest, ...commands].join("\n")];
}
