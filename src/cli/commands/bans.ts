import type { BanReply } from "../../control/messages.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { safe, type Terminal } from "../terminal.ts";
import { formatDistance } from "../when.ts";

export interface BansOptions {
  readonly json: boolean;
  readonly jail?: string;
}

export async function bans(context: CommandContext, options: BansOptions): Promise<ExitCode> {
  const list = await ask(context, "bans", options.jail === undefined ? {} : { jail: options.jail });
  if (options.json) context.terminal.print(JSON.stringify(list));
  else
    context.terminal.print(
      list.length === 0 ? "Nobody is banned." : describe(list, context.terminal),
    );
  return EXIT.ok;
}

/** Subjects alone, as `fail2ban-client get JAIL banip` prints them. */
export async function bannedSubjects(context: CommandContext, jail: string): Promise<ExitCode> {
  const list = await ask(context, "bans", { jail });
  context.terminal.print(list.map(({ subject }) => subject).join(" "));
  return EXIT.ok;
}

function describe(list: readonly BanReply[], terminal: Terminal): string {
  const rows = list.map((ban) => [
    ban.subject,
    ban.jail,
    ban.until === null ? "never" : formatDistance(ban.until),
    paintState(ban, terminal),
    ban.packets === null ? "-" : String(ban.packets),
    ban.ports,
    safe(ban.error === null ? ban.reason : `${ban.reason} [${ban.error}]`),
  ]);
  return formatTable({
    headings: ["SUBJECT", "JAIL", "ENDS", "STATE", "DROPPED", "PORTS", "REASON"],
    rows,
  });
}

function paintState({ state, ports }: BanReply, terminal: Terminal): string {
  if (state === "enforced") return terminal.paint("green", "enforced");
  // A jail that only observes closes no port.
  return ports === "none"
    ? terminal.paint("cyan", "observed")
    : terminal.paint("yellow", "pending");
}
