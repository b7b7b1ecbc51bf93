/** Lists the tables of the configuration in the order of the pages, each with its purpose. */
import { ACTION, ACTION_KINDS, ACTION_TABLES } from "../../src/config/action-settings.ts";
import { CHANNEL_KINDS } from "../../src/config/channels/channel-kinds.ts";
import { ENFORCER_KINDS } from "../../src/config/enforcers/enforcer-kinds.ts";
import { JAIL } from "../../src/config/jail-settings.ts";
import { LIST } from "../../src/config/list-settings.ts";
import { ROOT_SHAPE, type TableShape } from "../../src/config/schema.ts";
import type { Settings } from "../../src/config/setting.ts";

export interface SchemaTable {
  readonly name: string;
  /** The `kind` for which the keys are valid. */
  readonly kind?: string;
  readonly about: string;
  readonly settings: Settings;
}

const ACTIONS: { readonly [kind in (typeof ACTION_KINDS)[number]]: string } = {
  command: "Programs that run when bans begin and end.",
  abuseipdb: "A report of each detected ban to AbuseIPDB.",
  "blocklist-de": "A report of each detected ban to blocklist.de.",
  xarf: "A report of each detected ban in the form of XARF 4, by POST or as a file.",
  log: "A record of each ban, extension and unban, for programs that collect logs.",
};

/** Kinds of enforcers that have keys. */
const ENFORCERS: readonly (readonly [
  string,
  { readonly meaning: string; readonly keys: Settings },
])[] = Object.entries(ENFORCER_KINDS).filter(([, { keys }]) => Object.keys(keys).length > 0);

const ENFORCER: Settings = {
  kind: {
    is: "choice",
    of: Object.keys(ENFORCER_KINDS),
    otherwise: "the name of the table, if it is a kind",
    meaning: "What holds the bans; it decides which other keys are valid.",
  },
};

const CHANNEL: Settings = {
  kind: {
    is: "choice",
    of: Object.keys(CHANNEL_KINDS),
    otherwise: "the name of the table, if it is a kind",
    meaning: "The service that receives the notices; it decides which other keys are valid.",
  },
};

function kindTable(kind: string, name = "actions.NAME"): string {
  return `${name} of kind ${kind}`;
}

const ABOUT: ReadonlyMap<string, string> = new Map([
  ["daemon", "The daemon as a whole."],
  [
    "defaults",
    "Defaults for every jail. Each key is also valid in `[jails.NAME]`, where it takes precedence.",
  ],
  [
    "defaults.increment",
    "Longer bans for repeat offenders. Each key is also valid in `[jails.NAME.increment]`.",
  ],
  [
    "defaults.detect",
    "Detectors of what maxretry within findtime does not show ([detection beyond thresholds](../detection.md)). Each key is also valid in `[jails.NAME.detect]`.",
  ],
  ["jails.NAME", "One jail. Besides these keys it takes every key of `[defaults]`."],
  [
    "actions.NAME",
    "A side effect of bans, which jails name in `actions`. It runs beside the firewall, and can neither delay nor prevent a ban.",
  ],
  ...ACTION_KINDS.map((kind) => [kindTable(kind), ACTIONS[kind]] as const),
  [
    "lists.NAME",
    "A block list: addresses and networks that are blocked without a ban ([block lists](../lists.md)).",
  ],
  [
    "enforcers.NAME",
    "What makes bans real, which jails name in `enforcer` ([firewalls](../firewalls.md)).",
  ],
  ...ENFORCERS.map(([kind, { meaning }]) => [kindTable(kind, "enforcers.NAME"), meaning] as const),
  ["filters", "Where filters come from besides the shipped ones."],
  ["containers", "Where containers and their logs are found."],
  ["addresses", "What is shown of an address beside its number."],
  [
    "fail2ban",
    "Running a fail2ban configuration, and answering its clients ([coming from fail2ban](../coming-from-fail2ban.md)).",
  ],
  [
    "notify.NAME",
    "Channel on which people are notified when a jail no longer protects, and of other events that need attention ([notices](../notices.md)).",
  ],
  ...Object.entries(CHANNEL_KINDS).map(
    ([kind, { meaning }]) => [kindTable(kind, "notify.NAME"), meaning] as const,
  ),
]);

export const SCHEMA_TABLES: readonly SchemaTable[] = describeTables();

function describeTables(): readonly SchemaTable[] {
  const found = new Map([
    ["jails.NAME", JAIL as Settings],
    ["actions.NAME", ACTION],
    ...ACTION_KINDS.map((kind) => [kindTable(kind), ACTION_TABLES[kind] as Settings] as const),
    ["lists.NAME", LIST],
    ["enforcers.NAME", ENFORCER],
    ...ENFORCERS.map(([kind, { keys }]) => [kindTable(kind, "enforcers.NAME"), keys] as const),
    ["notify.NAME", CHANNEL],
    ...Object.entries(CHANNEL_KINDS).map(
      ([kind, { keys }]) => [kindTable(kind, "notify.NAME"), keys as Settings] as const,
    ),
    ...tablesIn(ROOT_SHAPE, ""),
  ]);
  for (const name of found.keys())
    if (!ABOUT.has(name)) throw new Error(`tools/pages/schema-tables.ts says nothing of [${name}]`);
  return [...ABOUT].map(([name, about]) => {
    const settings = found.get(name);
    if (settings === undefined) throw new Error(`src/config/schema.ts has no table [${name}]`);
    const [table = "", kind] = name.split(" of kind ");
    return { name: table, about, settings, ...(kind === undefined ? {} : { kind }) };
  });
}

function tablesIn({ keys, tables }: TableShape, name: string): readonly [string, Settings][] {
  const inner = Object.entries(tables).flatMap(([key, shape]) =>
    tablesIn(shape, name === "" ? key : `${name}.${key}`),
  );
  return Object.keys(keys).length === 0 ? inner : [[name, keys], ...inner];
}
