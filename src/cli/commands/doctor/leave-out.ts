/**
 * Removes what may contain secrets from a support bundle. These are commands with their arguments and properties,
 * refused values, and reasons that people gave. They are removed whole, because no search finds every secret.
 */
import type { ActionList, ActionSetting } from "../../../config/kinds/shell-action-setting.ts";
import type { Config, JailConfig, NamedAction } from "../../../config/config.ts";
import type { EnforcerConfig } from "../../../config/enforcers/enforcer-kinds.ts";
import type { SupportReply } from "../../../control/messages.ts";
import type { Problem } from "../../../domain/problem.ts";
import { isRecord } from "../../../domain/json.ts";

export const LEFT_OUT = "(left out)";

/** Shows which actions a jail has and when they run, but not their commands. */
export function withoutCommands(config: Config): object {
  return {
    ...config,
    defaults: { ...config.defaults, actions: withoutListCommands(config.defaults.actions) },
    actions: config.actions.map(withoutArguments),
    enforcers: config.enforcers.map(withoutEnforcerArguments),
    jails: config.jails.map(withoutJailCommands),
  };
}

function withoutJailCommands(jail: JailConfig): object {
  const { source, ignorecommand, actions } = jail;
  return {
    ...jail,
    source: source.kind === "command" ? { kind: source.kind, argv: LEFT_OUT } : source,
    ignorecommand: ignorecommand === "" ? "" : LEFT_OUT,
    actions: withoutListCommands(actions),
  };
}

function withoutListCommands({ names, tables }: ActionList): object {
  return { names, tables: tables.map(withoutActionCommands) };
}

function withoutArguments(action: NamedAction): object {
  if (action.kind !== "command") return action;
  const { ban, unban } = action;
  const shown = (argv: typeof ban): unknown => argv && [argv[0], LEFT_OUT];
  return { ...action, ban: shown(ban), unban: shown(unban) };
}

/** The place of a command enforcer is its commands, so no place is shown. */
function withoutEnforcerArguments({ name, kind, settings }: EnforcerConfig): object {
  if (kind !== "command" && kind !== "file") return { name, kind, settings };
  const shown = Object.entries(settings).map(([key, value]) => [
    key,
    Array.isArray(value) ? [value[0], LEFT_OUT] : value,
  ]);
  return { name, kind, settings: Object.fromEntries(shown) };
}

function withoutActionCommands(action: ActionSetting): object {
  const { commands, properties: _properties, ...settings } = action;
  return { ...settings, commands: Object.keys(commands) };
}

/** Describes the position and expectation of a mistake, without the found value, which may be a secret. */
export function describeProblem({ path, line, key, expected }: Problem): string {
  const place = line === undefined ? path : `${path}:${line}`;
  return `${place}: ${key === undefined ? "" : `${key}: `}expected ${expected}`;
}

/** Returns the daemon's answer without commands of sources and without output of actions. */
export function withoutDaemonCommands(reply: SupportReply): unknown {
  const commands = reply.status.jails
    .flatMap(({ sources }) => sources)
    .filter(({ kind }) => kind === "command")
    .map(({ where }) => where);
  return mapTexts({ ...reply, events: reply.events.map(withoutTypedText) }, (text) =>
    commands.reduce((left, command) => left.replaceAll(command, LEFT_OUT), withoutOutput(text)),
  );
}

function withoutTypedText(record: SupportReply["events"][number]): object {
  const { source, origin, reason, problems, reasons } = record;
  const hides = record.event === "action-failed" || origin === "manual";
  return {
    ...record,
    ...(typeof source === "string" ? { source: sourceName(source) } : {}),
    ...(hides && typeof reason === "string" ? { reason: LEFT_OUT } : {}),
    ...(problems === undefined ? {} : { problems: mapTexts(problems, withoutFound) }),
    ...(reasons === undefined ? {} : { reasons: mapTexts(reasons, withoutFound) }),
  };
}

/** Removes the output of failed commands from evidence and reasons (see health/checks/check-actions.ts). */
export function withoutOutput(text: string): string {
  return text.replace(
    /(command of action .*? failed(?: \d+ times in a row)?: ).*$/s,
    `$1${LEFT_OUT}`,
  );
}

/** Returns a source for display: of a command only the program. Files and journals are shown. */
function sourceName(source: string): string {
  const [first = "", ...more] = source.split(" ");
  const isShown = more.length === 0 || first === "journal" || first.endsWith(",");
  return isShown ? source : `${first} ${LEFT_OUT}`;
}

/** Removes the quoted input from a message in the format of `formatProblem`. */
function withoutFound(text: string): string {
  return text.replace(/\bfound .*?(, expected |$)/s, `found ${LEFT_OUT}$1`);
}

/** Removes the comments of rules and tables from nft's listing. */
export function withoutComments(ruleset: string): string {
  return ruleset.replace(/\bcomment "[^"]*"/g, `comment "${LEFT_OUT}"`);
}

/** Copies plain data, with `change` applied to every text in it. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, mapTexts(one, change)]),
  );
}
