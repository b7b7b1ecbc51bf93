/**
 * Reads a jail's `actions`: names of native actions, and tables of commands that run beside the firewall when bans
 * begin and end. The commands are shell texts with tags such as <ip>, or a Python file with a class Action, as fail2ban
 * loads it.
 */
import { type Duration, duration } from "../../domain/duration.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue, quote } from "./describe-value.ts";
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import { durationKind } from "./duration-kinds.ts";
import { isTable, type Kind, type Mistake, mistake, type Reading, within } from "./kind.ts";
import { readPath } from "./path-kinds.ts";
import { nameKind, switchKind } from "./plain-kinds.ts";

/** The commands of an action; each is a shell text. */
export const ACTION_COMMANDS = [
  "start",
  "stop",
  "flush",
  "check",
  "repair",
  "ban",
  "unban",
  "reban",
  "prolong",
  "reload",
] as const;

export type ActionCommand = (typeof ACTION_COMMANDS)[number];

export interface ActionSetting {
  /** The name of the action, unique in its jail. */
  readonly name: string;
  readonly commands: Readonly<Partial<Record<ActionCommand, string>>>;
  /** Values of tags in the commands; a key "x?family=inet6" is the value of <x> for IPv6 addresses. */
  readonly properties: Readonly<Record<string, string>>;
  /** Path of a Python file. With one, there are no commands, and the properties are its options. */
  readonly python: string | undefined;
  /** Time limit of each command. */
  readonly timeout: Duration;
  /** Whether to skip bans from before the start of the daemon. */
  readonly norestored: boolean;
  /**
   * Whether to start the action at the first ban of each family; otherwise with the jail; undefined: on demand only if
   * commands differ by family.
   */
  readonly start_on_demand: boolean | undefined;
  /** Whether to run the repair also when an unban fails. */
  readonly repair_on_unban: boolean;
  /** Actions of all jails with the same word run one command at a time. Others run up to four each. */
  readonly exclusive: string | undefined;
}

/** The actions of a jail: its own tables, and names of tables [actions.NAME]. Each in the order of the file. */
export interface ActionList {
  readonly tables: readonly ActionSetting[];
  readonly names: readonly string[];
}

const TIMEOUT = duration(60_000);
const SWITCHES = ["norestored", "start_on_demand", "repair_on_unban"] as const;
const KEYS = [
  "name",
  ...ACTION_COMMANDS,
  "properties",
  "python",
  "options",
  "timeout",
  ...SWITCHES,
  "exclusive",
];
const EXPECTED =
  "names of tables [actions.NAME], or tables [[jails.NAME.actions]], each with a name and a command such as ban";

export const actionsKind: Kind<ActionList> = {
  describe: () => EXPECTED,
  read(value, _limits, portNames) {
    if (!Array.isArray(value)) {
      return fail(mistake(describeValue(value), EXPECTED, suggestList(value)));
    }
    const tables: ActionSetting[] = [];
    const names: string[] = [];
    const wrong: Mistake[] = [];
    for (const [i, entry] of value.entries()) {
      if (typeof entry === "string") {
        if (names.includes(entry)) wrong.push(...within(i, named(entry)));
        else names.push(entry);
        continue;
      }
      const read = readAction(entry, (key, one, kind) => {
        const result = kind.read(one, {}, portNames);
        if (!result.ok) wrong.push(...within(i, within(key, result.error)));
        return result.ok ? result.value : undefined;
      });
      if (!read.ok) wrong.push(...within(i, read.error));
      else if (tables.some(({ name }) => name === read.value.name)) {
        wrong.push(...within(i, within("name", named(read.value.name))));
      } else tables.push(read.value);
    }
    return wrong.length === 0 ? ok({ tables, names }) : fail(wrong);
  },
};

function named(name: string): readonly Mistake[] {
  return mistake(`a second action ${quote(name)}`, "a unique name");
}

function suggestList(value: unknown): string | undefined {
  if (isTable(value)) return "write it with double brackets";
  const isName = nameKind.read(value, {}, new Map()).ok;
  return isName && typeof value === "string" ? `write [${quote(value)}]` : undefined;
}

export const shellKind: Kind<string> = {
  describe: () => "a shell text, given to /bin/sh",
  read: (value) => readText(value),
};

/** Reads a value of a table by its kind, and collects the mistakes. */
type ReadAs = <T>(key: string, value: unknown, kind: Kind<T>) => T | undefined;

function readAction(entry: unknown, readAs: ReadAs): Reading<ActionSetting> {
  if (!isTable(entry)) return fail(mistake(describeValue(entry), EXPECTED));
  const wrong: Mistake[] = [...unknownKeys(entry)];
  const note = <T>(key: string, read: Reading<T>): T | undefined => {
    if (!read.ok) wrong.push(...within(key, read.error));
    return read.ok ? read.value : undefined;
  };
  const name = note("name", readName(entry["name"]));
  const commands: Partial<Record<ActionCommand, string>> = {};
  for (const key of ACTION_COMMANDS) {
    const text = entry[key] === undefined ? undefined : note(key, readText(entry[key]));
    if (text !== undefined && text.trim() !== "") commands[key] = text;
  }
  const python =
    entry["python"] === undefined
      ? undefined
      : note("python", readPath(entry["python"], 'the absolute path of a Python file, "/…/x.py"'));
  const texts = python === undefined ? "properties" : "options";
  const properties = entry[texts] === undefined ? {} : note(texts, readTexts(entry[texts]));
  wrong.push(...mixedUp(entry, commands));
  const flag = (key: (typeof SWITCHES)[number]): boolean | undefined =>
    entry[key] === undefined ? undefined : readAs(key, entry[key], switchKind);
  const timeout =
    entry["timeout"] === undefined ? TIMEOUT : readAs("timeout", entry["timeout"], durationKind);
  const exclusive =
    entry["exclusive"] === undefined ? undefined : note("exclusive", readName(entry["exclusive"]));
  const settings = {
    norestored: flag("norestored") ?? false,
    start_on_demand: flag("start_on_demand"),
    repair_on_unban: flag("repair_on_unban") ?? false,
    timeout: timeout ?? TIMEOUT,
  };
  if (wrong.length > 0 || name === undefined) return fail(wrong);
  return ok({ name, commands, properties: properties ?? {}, python, exclusive, ...settings });
}

function mixedUp(
  entry: Readonly<Record<string, unknown>>,
  commands: ActionSetting["commands"],
): readonly Mistake[] {
  const python = entry["python"] !== undefined;
  const both = python ? Object.keys(commands)[0] : undefined;
  if (both !== undefined)
    return within(both, mistake("a command beside python", "one of the two, not both"));
  if (python && entry["properties"] !== undefined)
    return within("properties", mistake("properties of a Python action", "options"));
  if (!python && entry["options"] !== undefined)
    return within("options", mistake("options without python", "properties"));
  const texts = ACTION_COMMANDS.some((key) => entry[key] !== undefined);
  return python || texts ? [] : mistake("no command", `one of ${ACTION_COMMANDS.join(", ")}`);
}

/** Reads the name. It is only a label, so nearly every text is valid. */
function readName(value: unknown): Reading<string> {
  const fits = typeof value === "string" && /^[^\u0000-\u001f\u007f]{1,100}$/.test(value);
  const expected = 'a name of at most 100 characters such as "mail-the-admin"';
  if (fits) return ok(value);
  return fail(mistake(value === undefined ? "no name" : describeValue(value), expected));
}

function readText(value: unknown): Reading<string> {
  if (typeof value === "string" && !value.includes("\0")) return ok(value);
  const hint = Array.isArray(value) ? "write it as one text: it is given to /bin/sh" : undefined;
  return fail(mistake(describeValue(value), "a shell text", hint));
}

function readTexts(value: unknown): Reading<Readonly<Record<string, string>>> {
  if (!isTable(value)) return fail(mistake(describeValue(value), 'a table of texts { key = "…" }'));
  const texts: Record<string, string> = {};
  const wrong: Mistake[] = [];
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === "string" && !one.includes("\0")) texts[key] = one;
    else if (typeof one === "number" || typeof one === "boolean") texts[key] = String(one);
    else wrong.push(...within(key, mistake(describeValue(one), "a text")));
  }
  return wrong.length === 0 ? ok(texts) : fail(wrong);
}

function unknownKeys(entry: Readonly<Record<string, unknown>>): readonly Mistake[] {
  const unknown = Object.keys(entry).filter((key) => !KEYS.includes(key));
  return unknown.map((key) => {
    const near = key.startsWith("action") ? key.slice("action".length) : didYouMean(key, KEYS);
    const known = near !== undefined && KEYS.includes(near);
    const hint = known ? `did you mean "${near}"?` : undefined;
    const got = `unknown key ${quote(key)}`;
    const expected = expectChoice("a valid key", { choices: KEYS, hint });
    return { path: [key], at: "key", got, expected, hint };
  });
}
