/** Explains an unknown key when its intended meaning is known. */
import { isChannelKind } from "./channels/channel-kinds.ts";
import { quote } from "./kinds/describe-value.ts";
import { didYouMean } from "../domain/did-you-mean.ts";
import type { KeyPath } from "./kinds/kind.ts";
import { JAIL_SHAPE, ROOT_SHAPE, type TableShape } from "./schema.ts";

const MAIL =
  'notices are mailed by a channel: [notify.sendmail] with to = ["admin@example.org"], or [notify.smtp]';
const NOTICES = "notices are sent to the channels [notify.NAME], such as [notify.slack]";

/** Keys of fail2ban and other common names, each with the equivalent here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["backend", 'write source = "auto", or name a file or journal there'],
  ["logpath", 'write source = { file = ["/var/log/…"] }'],
  ["journalmatch", 'write source = { journal = ["FIELD=value"] }'],
  ["banaction", 'write enforcer = "nftables"'],
  ["action", 'write enforcer = "nftables", or actions = ["NAME"] and a table [actions.NAME]'],
  ["port", "write ports"],
  ["protocol", 'write it with the port: ports = ["53/udp"]'],
  ["ignoreregex", "this belongs in the filter's own file"],
  ["failregex", "this belongs in the filter's own file"],
  ["ignoreself", "the host's own addresses are never banned"],
  ["allow", "write ignoreip"],
  ["allowlist", "write ignoreip"],
  ["whitelist", "write ignoreip"],
  ["webhooks", NOTICES],
  ["notifications", NOTICES],
  ["email", MAIL],
  ["mail", MAIL],
  ["destemail", MAIL],
  ["threshold", "write maxretry"],
  ["dbpurgeage", "write audit_keep in [daemon]"],
  ["dbfile", "write state in [daemon]"],
  ["default", "the table is called [defaults]"],
  ["jail", "the table of a jail is called [jails.NAME]"],
  ["definition", "this is a filter of fail2ban: bailiff import converts its configuration"],
  ["includes", "this is a file of fail2ban: bailiff import converts its configuration"],
  ["init", "this is a file of fail2ban: bailiff import converts its configuration"],
]);

export function explainUnknownKey(
  path: KeyPath,
  shape: TableShape,
  value: unknown,
): string | undefined {
  const key = String(path.at(-1));
  if (path.length === 1 && key === "action")
    return "the table of an action is called [actions.NAME]";
  if (path.length === 1 && isChannelKind(key)) return `this table is called [notify.${key}]`;
  const near = didYouMean(key, [...Object.keys(shape.keys), ...Object.keys(shape.tables)]);
  const exactWord = ELSEWHERE.get(key.toLowerCase());
  if (exactWord !== undefined) return exactWord;
  if (key.startsWith("bantime.")) return "ban growth is set in the table increment";
  if (near !== undefined) return `did you mean "${near}"?`;
  const inner = Object.entries(shape.tables).find(([, table]) => Object.hasOwn(table.keys, key));
  if (inner !== undefined && path.length > 1)
    return `this belongs in [${[...path.slice(0, -1), inner[0]].join(".")}]`;
  const home = homeOf(key, shape);
  if (home !== undefined) return `this belongs in ${home}`;
  const outer = Object.entries(shape.tables).find(([, inner]) => Object.hasOwn(inner.tables, key));
  if (outer !== undefined)
    return `this table is called [${[...path.slice(0, -1), outer[0], key].join(".")}]`;
  const lonelyTable = path.length === 1 && typeof value === "object" && value !== null;
  if (lonelyTable && !Array.isArray(value)) return `a jail is written [jails.${bareKey(key)}]`;
  return undefined;
}

function homeOf(key: string, shape: TableShape): string | undefined {
  const { daemon, defaults, filters } = ROOT_SHAPE.tables;
  if (daemon !== undefined && Object.hasOwn(daemon.keys, key)) return "[daemon]";
  if (defaults !== undefined && Object.hasOwn(defaults.keys, key)) {
    return shape === JAIL_SHAPE ? undefined : "[defaults] or [jails.NAME]";
  }
  if (Object.hasOwn(JAIL_SHAPE.keys, key)) return "[jails.NAME]";
  for (const [name, table] of Object.entries(JAIL_SHAPE.tables)) {
    if (Object.hasOwn(table.keys, key)) return `[defaults.${name}] or [jails.NAME.${name}]`;
  }
  return filters !== undefined && Object.hasOwn(filters.keys, key) ? "[filters]" : undefined;
}

function bareKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : quote(key);
}
