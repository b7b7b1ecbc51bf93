import type { BanReply } from "../../control/ban-messages.ts";
import { formatScope } from "../../domain/format-ports.ts";
import { amount } from "../../domain/amount.ts";
import { sortBySubject } from "../../domain/sort-by-subject.ts";
import { instant } from "../../domain/instant.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { exportBans } from "./export-bans.ts";
import type { BanFormat } from "./shared-options.ts";
import { formatTable } from "../table.ts";
import { type Terminal, widthOf } from "../terminal.ts";
import { formatDistance, sentence } from "../format-time.ts";

export interface BansOptions {
  /** undefined: a table for people. */
  readonly format: BanFormat | undefined;
  readonly jail?: string;
  /** Maximum number of bans to list; undefined: all. */
  readonly limit?: number;
}

/** Shows current bans, sorted by address. */
export async function bans(
  context: CommandContext,
  { format, jail, limit }: BansOptions,
): Promise<ExitCode> {
  const list = await askSorted(context, jail);
  const shown = list.slice(0, limit);
  const { terminal } = context;
  if (format === "json") terminal.print(JSON.stringify(shown));
  else if (format !== undefined) {
    const text = exportBans(shown, format, instant(Date.now()));
    if (text !== "") terminal.print(text);
  } else if (list.length === 0)
    terminal.show(
      jail === undefined ? "No address is banned." : `No address is banned in jail ${jail}.`,
    );
  else terminal.show(`${describe(shown, terminal)}\n\n${describeTotal(list, shown.length)}`);
  return EXIT.ok;
}

/** Prints subjects only, as `fail2ban-client get JAIL banip` does. */
export async function bannedSubjects(context: CommandContext, jail: string): Promise<ExitCode> {
  const list = await askSorted(context, jail);
  context.terminal.print(list.map(({ subject }) => subject).join(" "));
  return EXIT.ok;
}

async function askSorted(
  context: CommandContext,
  jail: string | undefined,
): Promise<readonly BanReply[]> {
  const list = await ask(context, "bans", { jail });
  return sortBySubject(list, ({ subject }) => subject);
}

function describeTotal(list: readonly BanReply[], shown: number): string {
  const addresses = new Set(list.map(({ subject }) => subject)).size;
  const of = addresses === list.length ? "" : ` of ${amount(addresses, "address")}`;
  const total = `${amount(list.length, "ban")}${of}`;
  return shown < list.length ? `${total}, the first ${shown} shown` : total;
}

function describe(list: readonly BanReply[], terminal: Terminal): string {
  const rows = list.map((ban) => [
    ban.subject,
    ban.jail,
    ban.until === null ? "permanent" : formatDistance(ban.until),
    paintState(ban, terminal),
    ban.packets === null ? "-" : String(ban.packets),
    formatScope(ban.ports),
    sentence(ban.error === null ? ban.reason : `${ban.reason} [${ban.error}]`),
  ]);
  return formatTable({
    headings: ["SUBJECT", "JAIL", "ENDS", "STATE", "DROPPED", "PORTS", "REASON"],
    rows,
    width: widthOf(terminal),
  });
}

const STATE_COLORS = {
  enforced: "green",
  observed: "cyan",
  actions: "cyan",
  pending: "yellow",
} as const;

function paintState({ state }: BanReply, terminal: Terminal): string {
  return terminal.paint(STATE_COLORS[state], state);
}
