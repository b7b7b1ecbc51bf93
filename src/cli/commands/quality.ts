/** Ranks rules and detectors by how often they were wrong. */
import type { QualityReply } from "../../control/quality-messages.ts";
import { CodedError } from "../../domain/errors.ts";
import { amount } from "../../domain/amount.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatDistance } from "../format-time.ts";
import { formatTable } from "../table.ts";
import { safe, widthOf } from "../terminal.ts";

export interface QualityOrder {
  readonly what: string | undefined;
  readonly jail: string | undefined;
  /** A rule or a detector. */
  readonly name: string | undefined;
}

/** Exit code 1: there was nothing to reset. */
export async function quality(
  context: CommandContext,
  { what, jail, name }: QualityOrder,
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  if (what !== undefined) {
    if (jail === undefined)
      throw new CodedError("usage", "reset without a jail", {
        hint: "write: bailiff quality reset JAIL [NAME]",
      });
    const reset = await ask(context, "reset_quality", { jail, name });
    if (json) terminal.print(JSON.stringify(reset));
    else terminal.show(describeReset(reset));
    return reset.length === 0 ? EXIT.no : EXIT.ok;
  }
  const replies = await ask(context, "quality", {});
  if (json) terminal.print(JSON.stringify(replies));
  else terminal.show(describeQuality(replies, widthOf(terminal)));
  return EXIT.ok;
}

const HEADINGS = [
  "JAIL",
  "DECIDED BY",
  "BANS",
  "WRONG",
  "UNBANNED",
  "LOGIN",
  "GUARDED",
  "LAST WRONG",
];

/** Returns the screen after a reset. */
export function describeReset(reset: readonly QualityReply[]): string {
  if (reset.length === 0) return "Nothing to reset; bailiff quality lists rules and detectors.";
  const lines = reset.map(({ jail, name, kind, bans, wrong }) => {
    const counts = `wrong about ${amount(wrong, "address", "addresses")} with ${amount(bans, "ban")}`;
    return `${safe(jail)}: ${kind} ${safe(name)} counts again from zero (it was ${counts}).`;
  });
  return lines.join("\n");
}

/** Returns the screen. */
export function describeQuality(
  replies: readonly QualityReply[],
  width: number | undefined,
): string {
  if (replies.length === 0) return "No rule or detector has banned within 30 days.";
  const rows = replies.map((one) => [
    ...[safe(one.jail), `${one.kind} ${safe(one.name)}`],
    ...[one.bans, one.wrong, one.unbanned, one.logins, one.guarded].map(String),
    one.last === null ? "never" : formatDistance(one.last),
  ]);
  const demoted = replies
    .filter((one) => one.demoted)
    .map(
      ({ jail, name, wrong }) =>
        `The detector ${safe(name)} of jail ${safe(jail)} only reports: it was wrong about ${amount(wrong, "address", "addresses")} within 30 days.`,
    );
  const forgotten = replies[0]?.forgotten ?? 0;
  const cut =
    forgotten === 0
      ? []
      : [
          `Beyond 256, rules and detectors with the fewest wrong bans are forgotten: ${forgotten} within 30 days.`,
        ];
  return [formatTable({ headings: HEADINGS, rows, width }), ...cut, ...demoted].join("\n");
}
