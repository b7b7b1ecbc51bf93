/** Runs `set` and `get` with the syntax of fail2ban-client. */
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { bannedSubjects } from "./bans.ts";
import { allow, ban, unban } from "./order.ts";

export interface SetOrder {
  readonly jail: string;
  readonly what: string;
  readonly subjects: readonly string[];
}

export async function set(
  context: CommandContext,
  { jail, what, subjects }: SetOrder,
): Promise<ExitCode> {
  switch (what) {
    case "banip":
      return ban(context, subjects, { jail, json: false });
    case "unbanip":
      return unban(context, subjects, { jail, all: false, json: false });
    default:
      // The allow-list is the same for all jails; this request fails if the jail does not exist.
      await ask(context, "allowed", { jail });
      return allow(context, subjects, { remove: what === "delignoreip", json: false });
  }
}

export async function get(
  context: CommandContext,
  { jail, what }: { readonly jail: string; readonly what: string },
): Promise<ExitCode> {
  if (what !== "ignoreip") return bannedSubjects(context, jail);
  const allowed = await ask(context, "allowed", { jail });
  context.terminal.print(allowed.map(({ subject }) => subject).join(" "));
  return EXIT.ok;
}
