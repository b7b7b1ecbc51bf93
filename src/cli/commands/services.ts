/** Lists the services of the filter library that run or log on this host, and whether they are protected. */
import { enabledJails } from "../../config/config.ts";
import type { JailReply, SourceReply } from "../../control/status-messages.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { countsLogins, type FilterHead, isUnverified } from "../../domain/filter-definition.ts";
import { nameScope } from "../../domain/format-ports.ts";
import { formatProblem } from "../../domain/problem.ts";
import { filterNamed } from "../../domain/other-names.ts";
import { suggestFilter } from "../../domain/suggest-filter.ts";
import { listeningPrograms } from "../../host/services/listening-programs.ts";
import { findServices, type FoundService } from "../../jails/found-services.ts";
import { type Loaded, loadAll } from "../../jails/load-all.ts";
import { loadFilters } from "../../jails/load-filters.ts";
import { judgeForgeability } from "../../jails/forgeable-log.ts";
import { readShippedHeads, SHIPPED_FILTERS } from "../../jails/shipped-filters.ts";
import { ask } from "../ask.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatTable } from "../table.ts";
import { type Terminal, widthOf } from "../terminal.ts";
import { hang } from "../wrap-text.ts";
import { GOOD } from "./status.ts";

/** Stable JSON of `services --json`, one for each service. */
export interface ServiceReply {
  readonly service: string;
  readonly description: string;
  /** Existing log files of the service: those that its jail names, and the usual ones. */
  readonly logs: readonly string[];
  /** Programs of the service that are running on this host. */
  readonly running: readonly string[];
  /** Ports on which these programs listen, such as "tcp/80". */
  readonly listening: readonly string[];
  /** Existing sources from which the daemon reads its lines; empty: none. */
  readonly read_from: readonly string[];
  /** The jail that protects the service; null: none. */
  readonly jail: string | null;
  /** State of that jail, as `status` shows it; null: no daemon judges one. */
  readonly state: string | null;
  /** Whether that state is "protecting". */
  readonly protected: boolean;
  /** Why it is not protected, and what to do; null if it is. */
  readonly reason: string | null;
}

const NOT_RUNNING = "the daemon is not running; start it: systemctl start bailiff";

interface Facts {
  readonly loaded: Loaded;
  readonly filters: Loaded["filters"];
  /** undefined: no daemon answers. */
  readonly jails: readonly JailReply[] | undefined;
}

/** `names`: the services to show; empty: those found on this host, or all. */
export async function services(
  context: CommandContext,
  names: readonly string[],
  options: { readonly all: boolean; readonly json: boolean },
): Promise<ExitCode> {
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok)
    throw new CodedError("bad-config", loaded.error.map(formatProblem).join("\n"), {
      hint: "correct it, then: bailiff check",
    });
  const own = [...loaded.value.filters.values()].filter(({ name }) =>
    loaded.value.names.includes(name),
  );
  const shipped = await readShippedHeads();
  const library = [...shipped.filter(({ name }) => own.every((one) => one.name !== name)), ...own];
  const heads = select(library, names);
  const found = await findServices(heads.map((head) => withConfiguredFiles(head, loaded.value)));
  const { filters } = await loadFilters(loaded.value.config.filters.directories);
  const facts: Facts = { loaded: loaded.value, filters, jails: await askJails(context) };
  const listed = heads.flatMap((head): readonly FoundService[] => {
    const here = found.find((one) => one.head.name === head.name);
    const isOwn = !head.path.startsWith(SHIPPED_FILTERS);
    const isListed =
      options.all || names.length > 0 || isOwn || jailOf(facts, head.name) !== undefined;
    return here === undefined ? (isListed ? [{ head, logs: [], running: [] }] : []) : [here];
  });
  const listening = listeningPrograms();
  const replies = listed
    .map((service) => describeService(service, facts, listening))
    .toSorted((a, b) => (a.service < b.service ? -1 : 1));
  if (options.json) context.terminal.print(JSON.stringify(replies));
  else {
    const length = names.length > 0 ? "whole" : "short";
    context.terminal.show(describeServices(replies, context.terminal, { ...options, length }));
  }
  return replies.some((one) => isRelevant(one) && !GOOD.has(one.state ?? "")) ? EXIT.no : EXIT.ok;
}

function select(library: readonly FilterHead[], names: readonly string[]): readonly FilterHead[] {
  const known = library.map(({ name }) => name);
  const meant = names.map((name) => filterNamed(name, known));
  const unknown = meant.find((name) => !known.includes(name));
  if (unknown === undefined)
    return names.length === 0 ? library : library.filter(({ name }) => meant.includes(name));
  throw new CodedError("usage", `unknown service "${unknown}"`, {
    hint: suggestFilter(unknown, known) ?? "bailiff services --all lists them",
  });
}

/** Returns the filter with the log files that its jail names, which may be others than the usual ones. */
function withConfiguredFiles(head: FilterHead, { config }: Loaded): FilterHead {
  const source = enabledJails(config).find(({ filter }) => filter === head.name)?.source;
  return source?.kind === "file" ? { ...head, files: [...source.files, ...head.files] } : head;
}

async function askJails(context: CommandContext): Promise<readonly JailReply[] | undefined> {
  try {
    return (await ask(context, "status", {})).jails;
  } catch (error) {
    // Without a daemon nothing is protected, but the list is still useful.
    if (error instanceof CodedError && error.code === "not-running") return undefined;
    throw error;
  }
}

function describeService(
  { head, logs, running }: FoundService,
  facts: Facts,
  programs: ReturnType<typeof listeningPrograms>,
): ServiceReply {
  const jail = jailOf(facts, head.name);
  const reply = facts.jails?.find(({ name }) => name === jail);
  const isFound = logs.length > 0 || running.length > 0;
  const reason = whyUnprotected(head, { ...facts, jail, reply, isFound });
  const sockets = running.flatMap((program) => programs.get(program.slice(0, 15)) ?? []);
  return {
    ...{ service: head.name, description: head.description, logs, running },
    listening: [...new Set(sockets.map(({ protocol, port }) => `${protocol}/${port}`))],
    read_from: (reply?.sources ?? []).filter(exists).map(({ where }) => where),
    ...{ jail: jail ?? null, state: reply?.state ?? null },
    ...{ protected: reply?.state === "protecting", reason: reason ?? null },
  };
}

/** Reports whether a source exists. A journal is open also without any entry of the service. */
function exists({ kind, state, lines, last_line_at: last }: SourceReply): boolean {
  return state === "reading" && (kind !== "journal" || lines > 0 || last !== null);
}

/** Returns the enabled jail that uses the service's filter. */
function jailOf({ loaded }: Pick<Facts, "loaded">, service: string): string | undefined {
  return enabledJails(loaded.config).find(({ filter }) => filter === service)?.name;
}

function whyUnprotected(
  { name }: FilterHead,
  facts: Facts & {
    readonly isFound: boolean;
    readonly jail: string | undefined;
    readonly reply: JailReply | undefined;
  },
): string | undefined {
  const { loaded, jails, jail, reply, isFound } = facts;
  const isBuiltIn = loaded.config.builtIn.some((one) => one === jail);
  if (jail !== undefined && jails === undefined && (isFound || !isBuiltIn)) return NOT_RUNNING;
  if (reply?.state === "protecting") return undefined;
  if (reply !== undefined) {
    const advice = GOOD.has(reply.state) ? "" : `; bailiff doctor ${reply.name}`;
    return `${reply.state}: ${reply.reason}${advice}`;
  }
  if (jail === undefined) return whyNotEnabled(name, facts);
  return isBuiltIn ? "no log of it was found yet" : "not read by the daemon yet: bailiff reload";
}

function whyNotEnabled(name: string, { loaded, filters }: Facts): string {
  if (loaded.config.jails.some((one) => one.name === name && !one.enabled))
    return `disabled; to enable: bailiff enable ${name}`;
  const filter = filters.get(name);
  if (filter !== undefined && isUnverified(filter))
    return `its rules were not verified on real logs; to enable: bailiff enable ${name} --unverified`;
  if (filter !== undefined && filter.python === undefined && !countsLogins(filter))
    return `detects abuse only, no logins; to enable: bailiff enable ${name} --abuse`;
  const headers = filter?.address_headers?.join(" or ");
  if (headers !== undefined)
    return `off by default: clients choose the logged address unless a proxy replaces ${headers}; then: bailiff enable ${name}`;
  if (filter !== undefined && judgeForgeability(filter) !== "excluded")
    return `off by default: clients may be able to forge its log lines; to enable: bailiff enable ${name}`;
  return `not enabled; to enable: bailiff enable ${name}`;
}

function isHere({ logs, running, read_from: read }: ServiceReply): boolean {
  return logs.length > 0 || running.length > 0 || read.length > 0;
}

/** Reports whether the service needs protection here: it was found, or a jail is configured for it. */
function isRelevant(one: ServiceReply): boolean {
  return isHere(one) || one.state !== null || one.reason === NOT_RUNNING;
}

/** Returns the screen of `services`. */
export function describeServices(
  replies: readonly ServiceReply[],
  terminal: Terminal,
  { all, length }: { readonly all: boolean; readonly length: "short" | "whole" },
): string {
  const cell = (text: string): string => (length === "whole" ? text : shorten(text));
  const isListed = (one: ServiceReply): boolean => !all || isHere(one) || one.jail !== null;
  const others = describeOthers(
    replies.filter((one) => !isListed(one)),
    widthOf(terminal),
  );
  if (!replies.some(isListed)) {
    const rest = all ? "." : "; bailiff services --all lists the library.";
    return [`No service of the filter library was found on this host${rest}`, ...others].join("\n");
  }
  const rows = replies
    .filter(isListed)
    .map((one) => [
      ...[one.service, cell(describePlace(one))],
      isRelevant(one) ? describeProtection(one, terminal) : "-",
      one.reason === null ? `jail ${one.jail ?? ""}` : cell(one.reason),
    ]);
  const headings = ["SERVICE", "FOUND", "PROTECTED", "WHY"];
  const table = formatTable({ headings, rows, width: widthOf(terminal) });
  const isShortened = rows.some((row) => row.some((text) => text.endsWith(ELLIPSIS)));
  const more = isShortened ? [`${ELLIPSIS}: bailiff services NAME shows the whole text.`] : [];
  const totals = [describeTotal(replies), ...more].map((text) =>
    hang({ head: "", text, width: terminal.width }),
  );
  return [terminal.complete(table), "", ...totals, ...others].join("\n");
}

/** Lists the services of the library that were not found. */
function describeOthers(
  others: readonly ServiceReply[],
  width: number | undefined,
): readonly string[] {
  if (others.length === 0) return [];
  const rows = others.map(({ service, description }) => [service, description]);
  const table = formatTable({ headings: ["SERVICE", "DESCRIPTION"], rows, width });
  return ["", "Not found on this host:", table];
}

const ELLIPSIS = "…";
/** Maximum length of a cell in a list of services. */
const MAX_CELL_LENGTH = 160;

/** Cuts a long text between words. */
function shorten(text: string): string {
  if (text.length <= MAX_CELL_LENGTH) return text;
  const end = text.lastIndexOf(" ", MAX_CELL_LENGTH);
  return `${text.slice(0, end > 0 ? end : MAX_CELL_LENGTH)} ${ELLIPSIS}`;
}

/** A jail that observes, or leaves bans to its actions, is in order and proves no protection. */
function describeProtection({ state }: ServiceReply, terminal: Terminal): string {
  if (state === "protecting") return "yes";
  return state !== null && GOOD.has(state) ? state : terminal.paint("yellow", "no");
}

function describeTotal(replies: readonly ServiceReply[]): string {
  const here = replies.filter(isRelevant);
  const others = [...GOOD].filter((state) => state !== "protecting");
  const counts = ["protecting", ...others].map((state) => {
    const count = here.filter((one) => one.state === state).length;
    return { count, text: `${count} ${state === "protecting" ? "protected" : state}` };
  });
  const open = here.length - counts.reduce((sum, { count }) => sum + count, 0);
  const parts = [...counts, { count: open, text: `${open} not protected` }];
  const shown = parts.filter(({ count }) => count > 0).map(({ text }) => text);
  const where = here.every(isHere) ? "found here" : "found here or enabled";
  return `${amount(here.length, "service")} ${where}${shown.length === 0 ? "" : `: ${shown.join(", ")}`}.`;
}

const SHOWN_LOGS = 2;

function describePlace({ logs, running, listening, read_from: read }: ServiceReply): string {
  const files = logs.slice(0, SHOWN_LOGS);
  const more =
    logs.length > SHOWN_LOGS ? [amount(logs.length - SHOWN_LOGS, "more log", "more logs")] : [];
  const other = read.filter((where) => !logs.includes(where) && logs.length === 0);
  const listens = listening.length === 0 ? [] : [`listens on ${nameScope(listening.join(","))}`];
  const runs =
    listening.length > 0 || running.length === 0 ? [] : [`${running.join(", ")} running`];
  const parts = [...files, ...more, ...other, ...listens, ...runs];
  return parts.length === 0 ? "not found" : parts.join("; ");
}
