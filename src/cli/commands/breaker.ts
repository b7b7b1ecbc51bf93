/** Shows or resets rules that the breaker suspended, and shows rules that ban at their limit. */
import type { BreakerReply } from "../../control/messages.ts";
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { safe } from "../terminal.ts";
import { formatDistance, sentence } from "../format-time.ts";
import { hang } from "../wrap-text.ts";

export interface BreakerOptions {
  readonly json: boolean;
}

export interface BreakerOrder {
  readonly what: string | undefined;
  readonly jail: string | undefined;
  readonly rule: string | undefined;
}

/** Runs the command. Exit code 1: a listed rule is suspended, or no rule was reset. */
export async function breaker(
  context: CommandContext,
  { what, jail, rule }: BreakerOrder,
  { json }: BreakerOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  if (what === undefined) {
    const open = await ask(context, "breakers", {});
    if (json) terminal.print(JSON.stringify(open));
    else if (open.length === 0) terminal.show("No rule is suspended.");
    else {
      const { width } = terminal;
      const lines = open
        .flatMap(describe)
        .map((text) => hang({ head: "", text, width, indent: 2 }));
      terminal.show([...lines, "", resetHint(open)].join("\n"));
    }
    return open.length === 0 ? EXIT.ok : EXIT.no;
  }
  if (what !== "reset") {
    throw new CodedError("usage", `unknown action "${what}"`, {
      hint: "write: bailiff breaker, or: bailiff breaker reset [JAIL [RULE]]",
    });
  }
  const closed = await ask(context, "reset_breaker", { jail, rule });
  if (json) terminal.print(JSON.stringify(closed));
  else if (closed.length === 0)
    terminal.show(
      jail === undefined
        ? "No rule is suspended."
        : "No such rule is suspended; bailiff breaker lists those that are.",
    );
  else
    for (const { jail: name, rule: which, state } of closed) {
      const now = state === "suspended" ? "bans again" : "has a new budget for this minute";
      terminal.show(`${name}: rule ${safe(which)} ${now}.`);
    }
  return closed.length === 0 ? EXIT.no : EXIT.ok;
}

function describe({ jail, rule, since, reason, spared, state }: BreakerReply): readonly string[] {
  if (state === "limited") return [`${jail}: ${sentence(reason)}`];
  return [
    `${jail}: rule ${safe(rule)} was suspended ${formatDistance(since)}: ${sentence(reason)}`,
    `  offenses not banned since: ${spared}`,
  ];
}

function resetHint(open: readonly BreakerReply[]): string {
  const [first] = open;
  const which =
    open.length === 1 && first !== undefined ? ` ${first.jail} ${safe(first.rule)}` : "";
  return `When the rule and the log are in order:\n  bailiff breaker reset${which}`;
}
