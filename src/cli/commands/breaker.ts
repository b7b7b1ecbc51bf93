/** Rules that were stopped because they banned as no attack would: which, why, and letting them ban again. */
import type { BreakerReply } from "../../control/messages.ts";
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe } from "../terminal.ts";
import { formatDistance } from "../when.ts";

export interface BreakerOptions {
  readonly json: boolean;
}

export interface BreakerOrder {
  readonly what: string | undefined;
  readonly jail: string | undefined;
  readonly rule: string | undefined;
}

/** Exit code 1: listed, and a rule is stopped; or there was nothing to reset. */
export async function breaker(
  context: CommandContext,
  { what, jail, rule }: BreakerOrder,
  { json }: BreakerOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  if (what === undefined) {
    const open = await ask(context, "breakers", {});
    if (json) terminal.print(JSON.stringify(open));
    else if (open.length === 0) terminal.print("No rule is stopped.");
    else terminal.print([...open.flatMap(describe), "", resetHint(open)].join("\n"));
    return open.length === 0 ? EXIT.ok : EXIT.no;
  }
  if (what !== "reset") {
    throw new CodedError("usage", `"${what}" is nothing that can be done with a breaker`, {
      hint: "write: bailiff breaker, or: bailiff breaker reset [JAIL [RULE]]",
    });
  }
  const closed = await ask(context, "reset_breaker", {
    ...(jail === undefined ? {} : { jail }),
    ...(rule === undefined ? {} : { rule }),
  });
  if (json) terminal.print(JSON.stringify(closed));
  else if (closed.length === 0) terminal.print("No such rule is stopped.");
  else for (const one of closed) terminal.print(`${one.jail}: rule ${safe(one.rule)} bans again.`);
  return closed.length === 0 ? EXIT.no : EXIT.ok;
}

function describe({ jail, rule, since, reason, spared }: BreakerReply): readonly string[] {
  return [
    `${jail}: rule ${safe(rule)} is stopped (${formatDistance(since)}): ${safe(reason)}`,
    `  offences not banned since: ${spared}`,
  ];
}

function resetHint(open: readonly BreakerReply[]): string {
  const [first] = open;
  const which =
    open.length === 1 && first !== undefined ? ` ${first.jail} ${safe(first.rule)}` : "";
  return `When the rule and the log are in order: bailiff breaker reset${which}`;
}
