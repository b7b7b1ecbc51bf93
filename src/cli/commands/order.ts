/** Runs ban, unban and allow. */
import { hang } from "../wrap-text.ts";
import { describeEmptyEntry } from "../../control/describe-empty-entry.ts";
import type { LiftedBan } from "../../control/order-messages.ts";
import { LISTED_EACH } from "../../pipeline/announce-together.ts";
import { amount } from "../../domain/amount.ts";
import { sortBySubject } from "../../domain/sort-by-subject.ts";
import { parseDuration } from "../../domain/duration.ts";
import { CodedError } from "../../domain/errors.ts";
import { findSshPeer } from "../../host/logins/ssh-peer.ts";
import { ask } from "../ask.ts";
import { askInParts } from "../ask-in-parts.ts";
import { quoteWord } from "../complete-commands.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { widthOf } from "../terminal.ts";
import { readSubjects } from "../read-subjects.ts";
import { formatDistance, sentence } from "../format-time.ts";
import { describeNotRemoved } from "./describe-not-removed.ts";
import { describeAllowed, describeBans, inJail, wrapOrder } from "./describe-orders.ts";

/** Maximum number of addresses that an unban looks up in block lists. */
const MAX_LOOKED_UP = 10;

export interface BanOptions {
  readonly jail?: string | undefined;
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
  readonly force?: boolean;
  readonly json: boolean;
}

export async function ban(
  context: CommandContext,
  words: readonly string[],
  options: BanOptions,
): Promise<ExitCode> {
  const { jail, reason, force } = options;
  const length = options.for === undefined ? undefined : readLength(options.for);
  const subjects = await readSubjects(words);
  const common = { jail, reason, force, for: length, peer: findSshPeer()?.ip };
  const results = (
    await askInParts(context, subjects, (client, subject) =>
      client.request("ban", { subject, ...common }),
    )
  ).flat();
  if (options.json) context.terminal.print(JSON.stringify(results));
  else
    for (const line of describeBans(results, context.terminal, forced(options)))
      context.terminal.show(line);
  return results.every(({ enforced }) => enforced) ? EXIT.ok : EXIT.no;
}

/** Returns the options for repeating the command with --force. */
function forced(options: {
  readonly jail?: string | undefined;
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
}): string {
  const typed = [
    ["--jail", options.jail],
    ["--for", options.for],
    ["--reason", options.reason],
  ] as const;
  const words = typed.flatMap(([name, value]) =>
    value === undefined ? [] : [name, quoteWord(value)],
  );
  return ` ${[...words, "--force"].join(" ")}`;
}

function readLength(text: string): number | "forever" {
  if (text === "forever" || text === "-1") return "forever";
  const length = parseDuration(text);
  if (length !== undefined && length > 0) return length;
  throw new CodedError("bad-duration", `"${text}" is not a valid duration`, {
    hint: 'write 90s, 10m, 2h, 7d or "forever"',
  });
}

export interface UnbanOptions {
  readonly all: boolean;
  readonly jail?: string | undefined;
  readonly exact?: boolean;
  readonly reason?: string | undefined;
  readonly keepHistory?: boolean;
  readonly json: boolean;
}

export async function unban(
  context: CommandContext,
  words: readonly string[],
  options: UnbanOptions,
): Promise<ExitCode> {
  if (words.length === 0 && !options.all) {
    throw new CodedError("usage", "nothing to unban", { hint: "name an address, or --all" });
  }
  if (options.all && (words.length > 0 || options.exact === true)) {
    const what = words.length > 0 ? "addresses" : "--exact";
    throw new CodedError("usage", `--all cannot be combined with ${what}`, {
      hint: "specify the addresses, or use --all alone",
    });
  }
  const { all, jail, exact, reason, keepHistory: keep_history } = options;
  const common = { all, jail, exact, reason, keep_history };
  const lifted = options.all
    ? await ask(context, "unban", { subjects: [], ...common })
    : (
        await askInParts(context, await readSubjects(words), (client, subjects) =>
          client.request("unban", { subjects, ...common }),
        )
      ).flat();
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(lifted));
  else if (lifted.length === 0) terminal.show(describeNothing(words, options));
  else if (lifted.length > LISTED_EACH) terminal.show(describeMany(lifted));
  else for (const one of lifted) terminal.show(describeLifted(one));
  if (!options.json) await showListed(context, words);
  return lifted.length === 0 ? EXIT.no : EXIT.ok;
}

function describeLifted({ subject, jail, waited }: LiftedBan): string {
  return waited === true
    ? `${subject} was not banned yet${inJail(jail)}: it waited for its ban, and is pardoned`
    : `${subject} unbanned${inJail(jail)}`;
}

function describeMany(lifted: readonly LiftedBan[]): string {
  const waited = lifted.filter((one) => one.waited === true).length;
  const pardoned = waited === 0 ? "" : `, ${amount(waited, "offense")} that waited pardoned`;
  return `${amount(lifted.length - waited, "ban")} lifted${pardoned}.`;
}

/** Names lists that still block these addresses, because an unban changes no list. */
async function showListed(context: CommandContext, words: readonly string[]): Promise<void> {
  if (words.length > MAX_LOOKED_UP || words.includes("-")) return;
  for (const subject of await readSubjects(words)) {
    const [covering] = (await ask(context, "why", { subject })).lists;
    if (covering === undefined) continue;
    const text = `list ${covering.list} blocks ${covering.network}; to exempt: ${context.terminal.complete(`bailiff allow ${subject}`)}`;
    context.terminal.show(
      hang({
        head: `${subject} is still blocked: `,
        text,
        width: context.terminal.width,
        indent: 2,
      }),
    );
  }
}

function describeNothing(words: readonly string[], { jail, exact }: UnbanOptions): string {
  const where = jail === undefined ? "" : ` in ${jail}`;
  const [word = "-"] = words;
  if (words.length === 0) return `No ban is in force${where}: nothing to lift.`;
  return words.length > 1 || word === "-" || exact === true
    ? `No such ban is in force${where}: nothing to lift.`
    : `${word} was not banned${where}: nothing to lift.`;
}

export interface AllowOptions {
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
  readonly force?: boolean;
  readonly remove: boolean;
  readonly json: boolean;
}

export async function allow(
  context: CommandContext,
  words: readonly string[],
  options: AllowOptions,
): Promise<ExitCode> {
  if (words.length === 0) {
    if (!options.remove && options.for === undefined && options.reason === undefined)
      return listAllowed(context, options);
    throw new CodedError("usage", "no address is named", {
      hint: "write: bailiff allow ADDRESS …   (without options it shows the allow-list)",
    });
  }
  const subjects = await readSubjects(words);
  const { reason, force, json } = options;
  if (options.remove) return disallow(context, subjects, { reason, json });
  const length = options.for === undefined ? "forever" : readLength(options.for);
  const replies = await askInParts(context, subjects, (client, part) =>
    client.request("allow", {
      subject: oneOrMany(part),
      for: length === "forever" ? undefined : length,
      reason,
      force,
    }),
  ).catch((error: unknown) => {
    throw isTooWide(error) ? repeatWithForce(error, words, options) : error;
  });
  if (options.json) {
    const lifted = replies.reduce((sum, reply) => sum + reply.lifted, 0);
    const replaced = replies.flatMap((reply) => reply.replaced);
    context.terminal.print(JSON.stringify({ subject: oneOrMany(subjects), lifted, replaced }));
    return EXIT.ok;
  }
  const text = describeAllowed(subjects, replies, length === "forever" ? undefined : options.for);
  context.terminal.show(wrapOrder(context.terminal.complete(text), context.terminal.width));
  return EXIT.ok;
}

function isTooWide(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === "network-too-wide";
}

/** Adds to the error the complete command with --force; the daemon does not know its other words. */
function repeatWithForce(
  { code, message }: CodedError,
  words: readonly string[],
  options: AllowOptions,
): CodedError {
  const few = words.length > LISTED_EACH ? "ADDRESS …" : words.map(quoteWord).join(" ");
  return new CodedError(code, message, {
    hint: `to allow it anyway: bailiff allow ${few}${forced(options)}`,
  });
}

async function disallow(
  context: CommandContext,
  subjects: readonly string[],
  { json, reason }: Pick<AllowOptions, "json" | "reason">,
): Promise<ExitCode> {
  const { terminal } = context;
  const replies = await askInParts(context, subjects, (client, part) =>
    client.request("disallow", { subject: oneOrMany(part), reason }),
  );
  const missing = new Set(replies.flatMap((reply) => reply.missing));
  const removed = subjects.filter((subject) => !missing.has(subject));
  if (json)
    terminal.print(JSON.stringify({ subject: oneOrMany(subjects), removed: removed.length > 0 }));
  else
    for (const text of [...describeRemoved(removed), ...(await describeMissing(context, missing))])
      terminal.show(
        hang({ head: "", text: terminal.complete(text), width: terminal.width, indent: 2 }),
      );
  return missing.size === 0 ? EXIT.ok : EXIT.no;
}

function describeRemoved(removed: readonly string[]): readonly string[] {
  if (removed.length > LISTED_EACH)
    return [`${amount(removed.length, "address")} removed from the allow-list.`];
  return removed.map((subject) => `${subject} is no longer on the allow-list.`);
}

async function describeMissing(
  context: CommandContext,
  missing: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (missing.size === 0) return [];
  if (missing.size > LISTED_EACH)
    return [
      `${amount(missing.size, "address")} not removed: no command put them on the allow-list.`,
    ];
  const allowed = await ask(context, "allowed", {});
  return [...missing].map((subject) => describeNotRemoved(subject, allowed));
}

/** Returns one subject as itself, several as a list, so that the daemon answers in the same form. */
function oneOrMany(subjects: readonly string[]): string | readonly string[] {
  const [first = ""] = subjects;
  return subjects.length === 1 ? first : subjects;
}

async function listAllowed(context: CommandContext, options: AllowOptions): Promise<ExitCode> {
  const allowed = await ask(context, "allowed", {});
  if (options.json) {
    context.terminal.print(JSON.stringify(allowed));
    return EXIT.ok;
  }
  const sorted = sortBySubject(allowed, ({ subject }) => subject);
  const rows = sorted.map(({ subject, until, because }) => [
    subject,
    until === null ? "permanent" : formatDistance(until),
    sentence(because),
  ]);
  const headings = ["SUBJECT", "ENDS", "REASON"];
  const table = formatTable({ headings, rows, width: widthOf(context.terminal) });
  const { exempting_nobody: empty } = await ask(context, "status", {});
  const { width } = context.terminal;
  const notes = empty.map(({ entry, reason }) =>
    hang({ head: "", text: describeEmptyEntry({ entry, reason }), width, indent: 2 }),
  );
  context.terminal.show([table, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n"));
  return EXIT.ok;
}
