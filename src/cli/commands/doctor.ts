/**
 * Shows every link from a log line to a dropped packet, in flow order: evidence, age, and what to do. Without a daemon
 * it shows what the host shows. Exit code 0 only if every jail protects (or is configured to observe), and no
 * suspected compromise is open.
 */
import type { LinkReply } from "../../control/link-messages.ts";
import type { DoctorReply } from "../../control/proof-messages.ts";
import { diagnoseStopped, type StoppedLink } from "../../health/diagnose-stopped.ts";
import { CodedError } from "../../domain/errors.ts";
import { systemClock } from "../../host/system-clock.ts";
import { ask } from "../ask.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { describeFailure } from "../failure.ts";
import { describeCompromises } from "../describe-compromises.ts";
import type { Terminal } from "../terminal.ts";
import { advice, formatAge, formatDistance, sentence } from "../format-time.ts";
import { hang } from "../wrap-text.ts";
import { describeLists } from "./describe-lists.ts";
import { GOOD, paintState } from "./status.ts";

export interface DoctorOptions {
  readonly json: boolean;
  /** Path of the support bundle to write. */
  readonly bundle?: string;
}

export async function doctor(
  context: CommandContext,
  jail: string | undefined,
  options: DoctorOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  if (options.bundle !== undefined) {
    const { writeBundle } = await import("./doctor/bundle.ts");
    terminal.show(await writeBundle(context, options.bundle));
    return EXIT.ok;
  }
  const reply = await askOrExplain(context, jail);
  if (reply instanceof CodedError) return withoutDaemon(context, reply, options);
  if (options.json) terminal.print(JSON.stringify(reply));
  else terminal.show(describeDoctor(reply, terminal));
  const good = reply.jails.every(({ state }) => GOOD.has(state));
  const isCalm = reply.suspected_compromises.length === 0;
  return good && isCalm && reply.jails.length > 0 ? EXIT.ok : EXIT.no;
}

/** Returns the error if no daemon runs. Throws other errors: a daemon that does not answer may still protect. */
async function askOrExplain(
  context: CommandContext,
  jail: string | undefined,
): Promise<DoctorReply | CodedError> {
  try {
    return await ask(context, "doctor", { jail });
  } catch (error) {
    if (error instanceof CodedError && error.code === "not-running") return error;
    throw error;
  }
}

async function withoutDaemon(
  context: CommandContext,
  error: CodedError,
  { json }: DoctorOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const [fix] = error.hint?.split("\n") ?? [];
  const links: readonly StoppedLink[] = [
    { what: "daemon", good: false, waiting: false, evidence: error.message, fix },
    ...(await diagnoseStopped(configFiles(context), systemClock)),
  ];
  if (json)
    terminal.print(
      JSON.stringify({ state: "stopped", links, error: describeFailure(error).error }),
    );
  else {
    terminal.show(`The daemon does not answer, so whether this host is protected is unknown.\n`);
    for (const link of links) terminal.show(describeStopped(link, terminal));
  }
  return EXIT.unavailable;
}

function describeStopped(link: StoppedLink, terminal: Terminal): string {
  const { what, good, waiting, evidence, fix } = link;
  const { width } = terminal;
  const verdict = waiting ? "unproven" : good ? "proven" : "found";
  const head = `${mark(verdict, terminal)} ${what.padEnd(14)} `;
  const lines = [hang({ head, text: sentence(evidence), width })];
  if (!good && fix !== undefined) lines.push(fixLine(fix, 17, width));
  return lines.join("\n");
}

function fixLine(fix: string, indent: number, width: number): string {
  return hang({ head: `${" ".repeat(indent)}to do: `, text: advice(fix), width });
}

/** Returns the screen of `doctor`. */
export function describeDoctor(reply: DoctorReply, terminal: Terminal): string {
  const shared = findShared(reply);
  const jails = reply.jails.map((jail) =>
    [
      `${jail.name}: ${paintState(jail.state, terminal)} ${formatAge(jail.since)}`,
      ...jail.links
        .filter((link) => !shared.has(keyOf(link)))
        .map((link) => describeLink(link, terminal)),
    ].join("\n"),
  );
  const common = [...shared.values()].map((link) => describeLink(link, terminal));
  const all = common.length === 0 ? [] : [["all jails:", ...common].join("\n")];
  const { width } = terminal;
  const wrap = (head: string, text: string): string =>
    hang({ head, text: sentence(text), width, indent: 2 });
  const waiting = reply.looking_for.map(({ name, reason }) =>
    wrap(`Looking for ${name}: `, reason),
  );
  const nothing =
    jails.length === 0
      ? [
          "Nothing is protected: no jail reads a log.",
          "  to do: see which services of this host can be protected: bailiff services",
        ]
      : [];
  const summary = reply.jails.flatMap(({ name, state, reason, fix, links }) => {
    // Usually a link has shown the same.
    if (fix === null || links.some(({ evidence }) => evidence === reason)) return [];
    const head = `${name} is ${paintState(state, terminal)}: `;
    return [`${wrap(head, reason)}\n${fixLine(fix, 2, width)}`];
  });
  const end = jails.length > 0 ? [wrapLines(summarize(reply), width)] : [];
  const notes = reply.notes.map((note) => wrap("Note: ", note));
  const firewalls = describeFirewalls(reply, width);
  return [
    ...describeCompromises(reply.suspected_compromises, terminal),
    ...jails,
    ...all,
    ...firewalls,
    ...describeLists(reply.lists, width),
    ...nothing,
    ...waiting,
    ...notes,
    ...summary,
    ...end,
  ].join("\n\n");
}

/** Describes firewalls in conflict, and an enforcer that was chosen although nftables is usual. */
function describeFirewalls({ firewalls }: DoctorReply, width: number): readonly string[] {
  const { chosen, conflicts } = firewalls;
  const wrap = (head: string, text: string): string =>
    hang({ head, text: sentence(text), width, indent: 2 });
  const unusual = chosen === null || chosen.name === "nftables" ? undefined : chosen;
  return [
    ...(unusual === undefined ? [] : [wrap(`Enforcer ${unusual.name}: `, unusual.reason)]),
    ...conflicts.map(({ conflict, fix }) => {
      return `${wrap("Firewalls in conflict: ", conflict)}\n${fixLine(fix, 2, width)}`;
    }),
  ];
}

/** Finds the links that are the same in every jail, such as the database, by their keys. */
function findShared({ jails }: DoctorReply): ReadonlyMap<string, LinkReply> {
  const [first, ...others] = jails;
  if (first === undefined || others.length === 0) return new Map();
  const keys = others.map(({ links }) => new Set(links.map(keyOf)));
  const shared = first.links.filter((link) => keys.every((one) => one.has(keyOf(link))));
  return new Map(shared.map((link) => [keyOf(link), link]));
}

function keyOf({ link, verdict, evidence, fix }: LinkReply): string {
  return JSON.stringify([link, verdict, evidence, fix]);
}

function wrapLines(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => hang({ head: "", text: line, width, indent: 2 }))
    .join("\n");
}

/** Summarizes the links of a host. It claims no more than they prove. */
export function summarize({ jails }: Pick<DoctorReply, "jails">): string {
  const linksWith = (verdict: LinkReply["verdict"]): readonly string[] =>
    jails.flatMap(({ name, links }) => {
      const named = links.filter((one) => one.verdict === verdict).map(({ link }) => link);
      return named.length === 0 ? [] : [`${name} (${named.join(", ")})`];
    });
  const [failed, unproven] = [linksWith("found"), linksWith("unproven")];
  const open = unproven.length === 0 ? [] : [`Not verified: ${unproven.join(", ")}.`];
  const isGood = jails.every(({ state }) => GOOD.has(state));
  const verdict =
    failed.length > 0
      ? [`Failed checks: ${failed.join(", ")}.`]
      : !isGood
        ? []
        : [unproven.length === 0 ? "All checks passed." : "No check failed."];
  return [...verdict, ...open].join("\n");
}

function describeLink(link: LinkReply, terminal: Terminal): string {
  const isDated = link.at === null || isFresh(link.at) || link.evidence.includes("(checked ");
  const age = isDated ? "" : ` (as of ${formatDistance(link.at)})`;
  const { width } = terminal;
  const head = `  ${mark(link.verdict, terminal)} ${link.link.padEnd(9)} `;
  const line = hang({ head, text: `${sentence(link.evidence)}${age}`, width });
  return link.fix === null ? line : `${line}\n${fixLine(link.fix, 14, width)}`;
}

/** Reports whether a proof is from the checks that this command ran. */
function isFresh(at: string): boolean {
  return Date.now() - Date.parse(at) < 2000;
}

function mark(verdict: LinkReply["verdict"], terminal: Terminal): string {
  switch (verdict) {
    case "proven":
      return terminal.paint("green", "✓");
    case "found":
      return terminal.paint("red", "✗");
    case "unproven":
      return terminal.paint("dim", "·");
  }
}
