/** Writes the actions of a fail2ban jail that run as written, as tables [[jails.NAME.actions]]. */
import { join } from "node:path";
import { ACTION_COMMANDS, type ActionCommand } from "../../config/kinds/shell-action-setting.ts";
import { OF_A_BAN } from "./fill-command.ts";
import type { Fail2banAction } from "./fail2ban-action.ts";
import { isTrue } from "./read-directory.ts";
import { readSeconds } from "./read-seconds.ts";
import { tomlKey, tomlString, tomlText } from "./toml-text.ts";

export interface WrittenAction {
  readonly text: string;
  /** Differences from fail2ban. */
  readonly notes: readonly string[];
}

const TAG = /<([^ <>]+)>/g;
/** Finds commands that write or edit a file; >/dev/null and 2>&1 do not. */
const EDITS = /\bsed\b[^|;\n]*\s-\w*i|\b(?:tee|ed|mv)\s|>>?\s*(?!&|\/dev\/|\s*\(|=)["'<$\w/.]/;
/** Finds commands that pass their arguments to another shell. */
const EVALUATES = /(?:^|[\s;&|(`])(?:eval|ssh|su)\s|\b(?:ba|da|z)?sh\s+-c\b/m;
const CLIENT_TEXT = /<(?:matches|ipmatches|ipjailmatches|F-[A-Z0-9_-]+)>/;

export function writeAction(
  jail: string,
  action: Fail2banAction,
  directory: string,
): WrittenAction | undefined {
  const head = [`[[jails.${tomlKey(jail)}.actions]]`, `name = ${tomlString(action.name)}`];
  if (action.file.endsWith(".py")) {
    head.push(`python = ${tomlString(join(directory, "action.d", action.file))}`);
    return { text: joined(head, writeTexts(jail, "options", action.properties)), notes: [] };
  }
  const commands = commandsOf(action);
  if (commands.size === 0) return undefined;
  const all = [...commands.values()].join("\n");
  const { commands: said, properties } = action;
  if (isTrue(said.get("norestored"))) head.push("norestored = true");
  const onDemand = said.get("actionstart_on_demand");
  if (onDemand?.trim()) head.push(`start_on_demand = ${isTrue(onDemand)}`);
  if (isTrue(said.get("actionrepair_on_unban"))) head.push("repair_on_unban = true");
  const timeout = readSeconds(properties.get("timeout") ?? "60");
  if (timeout.ok && timeout.value > 0 && timeout.value !== 60)
    head.push(`timeout = "${Math.round(timeout.value * 1000)}ms"`);
  const used = referenced(all, properties);
  // fail2ban runs one command at a time, so scripts that edit a file may rely on that.
  if (EDITS.test(withoutTags(all + [...used.values()].join("\n"))))
    head.push(`exclusive = ${tomlString(action.file)}`);
  for (const [key, text] of commands) head.push(`${key} = ${tomlText(text)}`);
  return {
    text: joined(head, writeTexts(jail, "properties", used)),
    notes: notesOn(all + [...used.values()].join("\n")),
  };
}

function commandsOf({ commands }: Fail2banAction): ReadonlyMap<ActionCommand, string> {
  const texts = new Map<ActionCommand, string>();
  for (const key of ACTION_COMMANDS) {
    const text = commands.get(`action${key}`) ?? "";
    if (text.trim() !== "") texts.set(key, text);
  }
  return texts;
}

/** Returns the properties that a command still refers to; most tags are already replaced. */
function referenced(
  texts: string,
  properties: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const used = new Map<string, string>();
  let looked = "";
  for (let text = texts; text !== looked; ) {
    looked = text;
    for (const [key, value] of properties) {
      const [name = ""] = key.split("?");
      const isCommand = name.startsWith("action") && texts !== "";
      if (used.has(key) || !(isCommand || mentions(text, name))) continue;
      used.set(key, value);
      text += `\n${value}`;
    }
  }
  return used;
}

/**
 * Reports whether a text refers to a property, also by a tag whose inner tag completes the name: `<known_<family>>`.
 */
function mentions(text: string, name: string): boolean {
  if (OF_A_BAN.has(name)) return false;
  if (text.includes(`<${name}>`)) return true;
  const nested = /<[^ <>]*<[^ <>]+>[^ <>]*>/.exec(text);
  return nested !== null;
}

function withoutTags(text: string): string {
  return text.replaceAll(TAG, "tag");
}

function writeTexts(
  jail: string,
  table: "properties" | "options",
  texts: ReadonlyMap<string, string>,
): readonly string[] {
  if (texts.size === 0) return [];
  const lines = [...texts].map(([key, text]) => `${tomlKey(key)} = ${tomlText(text)}`);
  return [`[jails.${tomlKey(jail)}.actions.${table}]`, ...lines];
}

function joined(head: readonly string[], rest: readonly string[]): string {
  return `${[...head, ...rest].join("\n")}\n`;
}

function notesOn(text: string): readonly string[] {
  const notes: string[] = [];
  if (text.includes("<ip-host>"))
    notes.push(
      "<ip-host> becomes the address, because the owner of an address chooses its host name",
    );
  if (EVALUATES.test(text) && CLIENT_TEXT.test(text))
    notes.push(
      "it passes text to another shell (eval, sh -c, ssh …), which may run commands that a client wrote into a log line",
    );
  return notes;
}
