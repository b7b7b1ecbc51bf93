/**
 * Describes a running jail in fail2ban's terms and units. The result includes every option as `get JAIL OPTION` answers
 * it.
 */
import { observesOnly } from "../../../config/observes-only.ts";
import {
  ACTION_COMMANDS,
  type ActionCommand,
  type ActionSetting,
} from "../../../config/kinds/shell-action-setting.ts";
import type { JailConfig } from "../../../config/config.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import type { ActionView, JailView } from "../command-port.ts";
import type { PickleValue } from "../pickle-value.ts";
import type { Fail2banAction } from "../../config/fail2ban-action.ts";
import type { Fail2banJail } from "../../config/read-directory.ts";
import { hasWildcard } from "../../../source/file/match-glob.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { JailFacts } from "./jail-facts.ts";
import { readOption } from "./read-option.ts";

export function describeJail(facts: JailFacts): JailView {
  const { live, status, fail2ban, overrides, bans, idle } = facts;
  const { jail, search } = live;
  const matches = search.source?.kind === "journal" ? search.source.matches : [];
  const journal = matches.filter((match) => match.length > 0);
  const files = search.source?.kind === "journal" ? undefined : filesOf(live, status);
  return {
    backend: overrides.get("backend") ?? fail2ban?.options.get("backend") ?? "auto",
    failed: { current: jail.window.tracked, total: jail.failures },
    banned: bans,
    files,
    journal,
    option: (name) => {
      if (name === "logpath") return files ?? [];
      return name === "journalmatch" ? journal : readOption(name, facts);
    },
    get actions() {
      return describeActions(jail.config, fail2ban);
    },
    idle,
  };
}

/** Returns the files that the jail reads, and missing ones that are named without a wildcard. */
function filesOf({ search }: LiveJail, status: SourceStatus | undefined): readonly string[] {
  if (search.source?.kind !== "file") return [];
  const named = search.source.files.filter((file) => !hasWildcard(file));
  const held = (status?.openFiles ?? []).map(({ path }) => path);
  return [...new Set([...named, ...held])];
}

/** Lists actions in the order of the fail2ban directory, including those that bailiff's firewall replaces. */
function describeActions(
  { enforcer, name, actions }: JailConfig,
  fail2ban: Fail2banJail | undefined,
): readonly ActionView[] {
  const written = fail2ban?.actions ?? [];
  const own = new Map(
    actions.tables.map((action) => {
      const before = written.find((one) => one.name === action.name);
      return [action.name, describeAction(action, name, before)];
    }),
  );
  // The memory enforcer only records bans, so it is not an action.
  const firewall = observesOnly({ enforcer })
    ? []
    : enforcer.map((one) => firewallAction(one, name));
  if (fail2ban === undefined) return [...firewall, ...own.values()];
  const kept = written
    .filter((action) => own.has(action.name) || action.firewall.kind === "replaced")
    .map((action) => own.get(action.name) ?? describeFail2ban(action));
  const added = [...own.values()].filter((view) => !kept.includes(view));
  return [...kept, ...added];
}

/** Describes an action. `before`: the action in fail2ban's files, with properties that bailiff does not need. */
function describeAction(
  action: ActionSetting,
  jail: string,
  before: Fail2banAction | undefined,
): ActionView {
  const { name, commands, properties, timeout, python } = action;
  const facts: readonly (readonly [string, PickleValue])[] = [
    ["name", jail],
    ...(python === undefined ? commandTexts((one) => commands[one]) : []),
    ...(before?.properties ?? []),
    ...Object.entries(properties),
    ["timeout", Math.round(timeout / 1000)],
    ["actname", name],
  ];
  return { name, properties: new Map(facts) };
}

function describeFail2ban({ name, commands, properties }: Fail2banAction): ActionView {
  const facts: readonly (readonly [string, PickleValue])[] = [
    ...commandTexts((one) => commands.get(`action${one}`)),
    ...properties,
    ["actname", name],
  ];
  return { name, properties: new Map(facts) };
}

/** Lists every command, empty or not, except an undefined "prolong", which older versions do not have. */
function commandTexts(
  textOf: (command: ActionCommand) => string | undefined,
): readonly (readonly [string, string])[] {
  return ACTION_COMMANDS.flatMap((one) => {
    const text = textOf(one);
    return text === undefined && one === "prolong" ? [] : [[`action${one}`, text ?? ""] as const];
  });
}

function firewallAction(enforcer: string, name: string): ActionView {
  return {
    name: enforcer,
    properties: new Map<string, PickleValue>([
      ["actname", enforcer],
      ["name", name],
    ]),
  };
}
