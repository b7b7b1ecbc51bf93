/** A running jail in fail2ban's words and units: every option as `get JAIL OPTION` answers it. */
import {
  ACTION_COMMANDS,
  type ActionCommand,
  type ActionSetting,
} from "../../config/action-setting.ts";
import type { JailConfig } from "../../config/config.ts";
import type {
  FilterDefinition,
  PythonRules,
  RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import type { ActionView, JailView } from "../../fail2ban/command-port.ts";
import { createDateDetector } from "../../fail2ban/date-detector.ts";
import { expandTags } from "../../fail2ban/expand-tags.ts";
import { closedPorts } from "../../fail2ban/firewall-actions.ts";
import { type PickleValue, tuple } from "../../fail2ban/pickle-value.ts";
import type { ForeignAction, ForeignJail } from "../../fail2ban/read-directory.ts";
import { hasWildcard } from "../../source/match-glob.ts";
import type { LiveJail } from "../live-jail.ts";
import { KEPT_LINES } from "./kept-lines.ts";
import { type Texts, textsOf } from "./texts.ts";

export interface JailFacts {
  readonly live: LiveJail;
  readonly status: SourceStatus | undefined;
  /** The jail of a fail2ban directory it was made from. */
  readonly foreign: ForeignJail | undefined;
  /** What was said over the socket and has no other place. */
  readonly said: Texts;
  readonly bans: { readonly current: number; readonly total: number };
  readonly idle: boolean;
}

export function describeJail(facts: JailFacts): JailView {
  const { live, status, foreign, bans, idle } = facts;
  const { jail, search } = live;
  const journal = search.source?.kind === "journal" ? search.source.matches : [];
  const files = search.source?.kind === "journal" ? undefined : filesOf(live, status);
  return {
    backend: foreign?.options.get("backend") ?? "auto",
    failed: { current: jail.window.tracked, total: jail.failures },
    banned: bans,
    files,
    journal,
    // Only what is asked for: expressions and dates take their time.
    get options() {
      return new Map<string, PickleValue>([
        ["logpath", files ?? []],
        ["journalmatch", journal],
        ...policyOptions(jail.config, facts),
        ...filterOptions(live.definition),
      ]);
    },
    get actions() {
      return describeActions(jail.config, foreign);
    },
    idle,
  };
}

/** Those that are there; a name without wildcard is told of in any case. */
function filesOf({ search }: LiveJail, status: SourceStatus | undefined): readonly string[] {
  if (search.source?.kind !== "file") return [];
  const named = search.source.files.filter((file) => !hasWildcard(file));
  const held = (status?.held ?? []).map(({ path }) => path);
  return [...new Set([...named, ...held])];
}

function policyOptions(
  config: JailConfig,
  { foreign, said }: JailFacts,
): readonly (readonly [string, PickleValue])[] {
  const texts = textsOf(config, foreign, said);
  const { bantime, findtime, maxretry } = config;
  return [
    ["maxretry", maxretry],
    ["findtime", Math.round(findtime / 1000)],
    ["bantime", bantime === "forever" ? -1 : Math.round(bantime / 1000)],
    [
      "ignoreip",
      config.ignoreip.map((entry) => (entry.kind === "name" ? entry.name : entry.subject)),
    ],
    ["ignoreself", true],
    ["ignorecommand", texts.get("ignorecommand") ?? false],
    ["ignorecache", null],
    ["logencoding", texts.get("logencoding") ?? "UTF-8"],
    [
      "maxmatches",
      Number(texts.get("maxmatches") ?? (foreign === undefined ? KEPT_LINES : USUAL_MATCHES)),
    ],
    ...growthOptions(config, texts),
  ];
}

/** Lengths as seconds, everything else as it was written. */
function growthOptions(
  { increment }: JailConfig,
  texts: Texts,
): readonly (readonly [string, PickleValue])[] {
  const said = ["factor", "formula", "multipliers", "overalljails"].map(
    (key) => [`bantime.${key}`, texts.get(`bantime.${key}`) ?? null] as const,
  );
  const maxtime = texts.has("bantime.maxtime") ? Math.round(increment.maxtime / 1000) : null;
  const rndtime = texts.has("bantime.rndtime") ? Math.round(increment.jitter / 1000) : null;
  return [
    ["bantime.increment", texts.has("bantime.increment") ? increment.enabled : null],
    ["bantime.maxtime", maxtime],
    ["bantime.rndtime", rndtime],
    ...said,
  ];
}

function filterOptions({
  python,
  rules,
}: FilterDefinition): readonly (readonly [string, PickleValue])[] {
  if (python === undefined) return ruleOptions(rules);
  const { failregex, ignoreregex, prefregex, usedns, maxlines, logtimezone } = python;
  const expand = (text: string): string => expandTags(text, usedns);
  return [
    ["failregex", failregex.map(expand)],
    ["ignoreregex", ignoreregex.map(expand)],
    ["prefregex", prefregex === undefined ? "" : expand(prefregex)],
    ["usedns", usedns],
    ["maxlines", maxlines],
    ["logtimezone", logtimezone ?? null],
    ["datepattern", describeDates(python)],
  ];
}

/** A filter of our own: its patterns as they are written, and what it does about the rest. */
function ruleOptions(
  rules: readonly RuleDefinition[],
): readonly (readonly [string, PickleValue])[] {
  const patterns = rules.filter(({ is }) => is === "failure").flatMap(patternsOf);
  return [
    ["failregex", patterns],
    ["ignoreregex", []],
    ["prefregex", ""],
    ["usedns", "no"],
    ["maxlines", 1],
    ["logtimezone", null],
    ["datepattern", tuple(null, "Default Detectors")],
  ];
}

function patternsOf({ recognise }: RuleDefinition): readonly string[] {
  switch (recognise.kind) {
    case "line":
      return recognise.patterns;
    case "regex":
      return [recognise.source];
    case "json":
      return [
        recognise.fields.map(({ path, pattern }) => `${path.join(".")}: ${pattern}`).join(" "),
      ];
  }
}

/** The pattern, where it is one that can be written, and how it is called. */
function describeDates({ datepattern }: PythonRules): PickleValue {
  const detector = createDateDetector(datepattern);
  const [first = ""] = datepattern;
  const [only, second] = detector.ok ? detector.value.tally : [];
  if (only === undefined || second !== undefined) return tuple(null, "Default Detectors");
  const isNumber = /^(?:Long)?Epoch$|^TAI64N$/.test(only.name) || /\{L?EPOCH\}/i.test(first);
  const written = first.toUpperCase() === "{NONE}" ? "{UNB}^" : first;
  return tuple(isNumber ? null : written, only.name);
}

/** fail2ban's own where no file says otherwise. */
const USUAL_MATCHES = 5;

/** In the order of the fail2ban directory; those it has for the firewall are ours to run, and told of all the same. */
function describeActions(
  { enforcer, name, actions }: JailConfig,
  foreign: ForeignJail | undefined,
): readonly ActionView[] {
  const written = foreign?.actions ?? [];
  const own = new Map(
    actions.map((action) => {
      const before = written.find((one) => one.name === action.name);
      return [action.name, describeAction(action, name, before)];
    }),
  );
  if (foreign === undefined) return [firewallAction(enforcer, name), ...own.values()];
  const kept = written
    .filter((action) => own.has(action.name) || closedPorts(action) !== undefined)
    .map((action) => own.get(action.name) ?? describeForeign(action));
  const added = [...own.values()].filter((view) => !kept.includes(view));
  return [...kept, ...added];
}

/** `before`: as it was written for fail2ban, with properties that nothing here needs. */
function describeAction(
  action: ActionSetting,
  jail: string,
  before: ForeignAction | undefined,
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

function describeForeign({ name, commands, properties }: ForeignAction): ActionView {
  const facts: readonly (readonly [string, PickleValue])[] = [
    ...commandTexts((one) => commands.get(`action${one}`)),
    ...properties,
    ["actname", name],
  ];
  return { name, properties: new Map(facts) };
}

/** Every action has them, if empty, but the one that came later. */
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
