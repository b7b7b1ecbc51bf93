/** ban, unban, allow: what changes who is let in. */
import type { BanResult } from "../../control/messages.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { parseDuration } from "../../domain/duration.ts";
import { CodedError } from "../../domain/errors.ts";
import { ownSshPeer } from "../../platform/ssh-peer.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { safe } from "../terminal.ts";
import { formatDistance, formatWhen } from "../when.ts";

export interface BanOptions {
  readonly jail?: string;
  readonly for?: string;
  readonly reason?: string;
  readonly force?: boolean;
  readonly json: boolean;
}

export async function ban(
  context: CommandContext,
  subjects: readonly string[],
  options: BanOptions,
): Promise<ExitCode> {
  const length = options.for === undefined ? {} : { for: readLength(options.for) };
  // Before the first is banned: a slip in the last one must not leave half of the order done.
  for (const subject of subjects) requireSubject(subject);
  const peer = ownSshPeer();
  const results: BanResult[] = [];
  for (const subject of subjects) {
    const common = {
      ...(options.jail === undefined ? {} : { jail: options.jail }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(options.force === true ? { force: true } : {}),
      ...(peer === undefined ? {} : { peer: peer.ip }),
    };
    results.push(...(await ask(context, "ban", { subject, ...common, ...length })));
  }
  if (options.json) context.terminal.print(JSON.stringify(results));
  else for (const result of results) context.terminal.print(describe(result));
  const refused = (outcome: BanResult["outcome"]): boolean =>
    outcome === "allow-listed" || outcome === "needs-force";
  return results.some(({ outcome }) => refused(outcome)) ? EXIT.no : EXIT.ok;
}

function describe({ subject, jail, outcome, until, detail }: BanResult): string {
  switch (outcome) {
    case "banned":
    case "extended":
      return `${subject} ${outcome} in ${jail} until ${formatWhen(until)} (${formatDistance(until)}): ${safe(detail)}. Undo: bailiff unban ${subject}`;
    case "already-banned":
      return `${subject} is already banned in ${jail} for at least as long: ${safe(detail)}`;
    case "allow-listed":
      return `${subject} is NOT banned, it is on the allow-list: ${safe(detail)}`;
    case "needs-force":
      return `${subject} is NOT banned: ${safe(detail)}. To ban it all the same: bailiff ban --force ${subject}`;
  }
}

function requireSubject(text: string): void {
  if (parseSubject(text) !== undefined) return;
  throw new CodedError("no-address", `"${text}" is no address or network`, {
    hint: "write 192.0.2.7, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/64",
  });
}

function readLength(text: string): number | "forever" {
  if (text === "forever" || text === "-1") return "forever";
  const length = parseDuration(text);
  if (length !== undefined && length > 0) return length;
  throw new CodedError("bad-duration", `"${text}" is no length of time above zero`, {
    hint: 'write 90s, 10m, 2h, 7d or "forever"',
  });
}

export interface UnbanOptions {
  readonly all: boolean;
  readonly jail?: string;
  readonly reason?: string;
  readonly json: boolean;
}

export async function unban(
  context: CommandContext,
  subjects: readonly string[],
  options: UnbanOptions,
): Promise<ExitCode> {
  if (subjects.length === 0 && !options.all) {
    throw new CodedError("usage", "nothing to unban", { hint: "name an address, or --all" });
  }
  if (subjects.length > 0 && options.all) {
    throw new CodedError("usage", "--all lifts every ban, and addresses are named as well", {
      hint: "name the addresses, or write --all alone",
    });
  }
  const lifted = await ask(context, "unban", {
    subjects,
    all: options.all,
    ...(options.jail === undefined ? {} : { jail: options.jail }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(lifted));
  else if (lifted.length === 0) terminal.print("Nothing was banned.");
  else if (lifted.length > 20) terminal.print(`${countBans(lifted.length)} lifted.`);
  else for (const { subject, jail } of lifted) terminal.print(`${subject} unbanned in ${jail}`);
  return lifted.length === 0 ? EXIT.no : EXIT.ok;
}

export interface AllowOptions {
  readonly for?: string;
  readonly reason?: string;
  readonly remove: boolean;
  readonly json: boolean;
}

export async function allow(
  context: CommandContext,
  subject: string | undefined,
  options: AllowOptions,
): Promise<ExitCode> {
  if (subject === undefined) {
    if (!options.remove && options.for === undefined && options.reason === undefined)
      return listAllowed(context, options);
    throw new CodedError("usage", "no address is named", {
      hint: "write: bailiff allow ADDRESS …   (without options it shows the allow-list)",
    });
  }
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  if (options.remove) {
    const { removed } = await ask(context, "disallow", { subject, ...reason });
    if (options.json) context.terminal.print(JSON.stringify({ subject, removed }));
    else
      context.terminal.print(
        removed
          ? `${subject} is no longer on the allow-list.`
          : `${subject} was not put on the allow-list by command; bailiff allow shows who put it there.`,
      );
    return removed ? EXIT.ok : EXIT.no;
  }
  const length = options.for === undefined ? "forever" : readLength(options.for);
  const result = await ask(context, "allow", {
    subject,
    ...reason,
    ...(length === "forever" ? {} : { for: length }),
  });
  if (options.json) context.terminal.print(JSON.stringify(result));
  else
    context.terminal.print(
      `${result.subject} is allowed${length === "forever" ? "" : ` for ${options.for}`}; ${countBans(result.lifted)} lifted. Undo: bailiff allow --remove ${result.subject}`,
    );
  return EXIT.ok;
}

function countBans(count: number): string {
  return count === 1 ? "1 ban" : `${count} bans`;
}

async function listAllowed(context: CommandContext, options: AllowOptions): Promise<ExitCode> {
  const allowed = await ask(context, "allowed", {});
  if (options.json) {
    context.terminal.print(JSON.stringify(allowed));
    return EXIT.ok;
  }
  const rows = allowed.map(({ subject, until, because }) => [
    subject,
    until === null ? "never" : formatDistance(until),
    safe(because),
  ]);
  context.terminal.print(formatTable({ headings: ["SUBJECT", "ENDS", "BECAUSE"], rows }));
  return EXIT.ok;
}
