/**
 * Formats a reply as fail2ban's client prints it, because scripts parse that output. Forms: trees of status, lists with
 * "|-", sentences around single values; other replies as Python prints them.
 */
import { describeStatistics } from "./describe-reply/statistics.ts";
import {
  isDict,
  isList,
  itemsOf,
  type PickleException,
  type PickleValue,
  tuple,
} from "./pickle-value.ts";
import { pythonRepr, pythonText } from "./python-text.ts";

/** Formats a reply; `command` as it was sent. */
export function describeReply(command: readonly string[], reply: PickleValue): string {
  const [name = "", first = "", second = ""] = command;
  switch (name) {
    case "ping":
      return `Server replied: ${pythonText(reply)}`;
    case "start":
      return "Jail started";
    case "stop":
      if (reply !== null) return pythonText(reply);
      return command.length === 1 ? "Shutdown successful" : "Jail stopped";
    case "add":
      return `Added jail ${pythonText(reply)}`;
    case "flushlogs":
      return `logs: ${pythonText(reply)}`;
    case "echo":
      return (itemsOf(reply) ?? []).map(pythonText).join(" ");
    case "stats":
    case "statistic":
    case "statistics":
      return isDict(reply) ? describeStatistics(reply) : pythonText(reply);
    case "status":
      return describeStatus(command, itemsOf(reply) ?? []);
  }
  if (command.length < 2) return pythonText(reply);
  return (
    describeSetting(first, reply) ??
    (command.length < 3 ? undefined : describeOption(command, second, reply)) ??
    pythonText(reply)
  );
}

/**
 * Returns the arguments of an exception for standard error, without the file name of a system error, which
 * `describeError` prints.
 */
export function describeArguments({ name, args }: PickleException): string {
  const shown = /^(?:OSError|FileNotFoundError|PermissionError|IsADirectoryError)$/.test(name);
  return pythonRepr(tuple(...(shown ? args.slice(0, 2) : args)));
}

/** Returns the text for an exception, in addition to the line on standard error. */
export function describeError(error: PickleException): string {
  const [first = ""] = error.args;
  switch (error.name) {
    case "UnknownJailException":
      return `Sorry but the jail '${pythonText(first)}' does not exist`;
    case "DuplicateJailException":
      return `The jail '${pythonText(first)}' already exists`;
    case "IndexError":
      return "Sorry but the command is invalid";
    case "FileNotFoundError":
    case "PermissionError":
    case "IsADirectoryError":
    case "OSError": {
      const [number = "", words = "", path] = error.args;
      const where = path === undefined ? "" : `: ${pythonRepr(path)}`;
      return `[Errno ${pythonText(number)}] ${pythonText(words)}${where}`;
    }
  }
  return pythonText(error);
}

function describeStatus(command: readonly string[], reply: readonly PickleValue[]): string {
  const [, jail] = command;
  if (jail === undefined) return ["Status", ...listPairs(reply)].join("\n");
  if (jail !== "--all") return [`Status for the jail: ${jail}`, ...listGroups(reply)].join("\n");
  const each = reply.find(isDict) ?? new Map<PickleValue, PickleValue>();
  const facts = listPairs(reply.filter((item) => !isDict(item)));
  // The jails follow in the tree, so the last line before them must not close it.
  const opened = facts.map((line) => line.replace(/^`-/, "|-"));
  const jails = [...each].flatMap(([name, groups], i) => {
    const last = i === each.size - 1;
    const head = `   ${last ? "`-" : "|-"} Jail: ${pythonText(name)}`;
    const indent = last ? "      " : "   |  ";
    return [head, ...listGroups(itemsOf(groups) ?? []).map((line) => `${indent}${line}`)];
  });
  return ["Status", ...opened, "`- Status for the jails:", ...jails].join("\n");
}

/** Formats a tree of two levels: titles, each with a list of names and values. */
function listGroups(groups: readonly PickleValue[]): readonly string[] {
  return groups.flatMap((group, i) => {
    const last = i === groups.length - 1;
    const [title = "", pairs = null] = itemsOf(group) ?? [];
    const indent = last ? "   " : "|  ";
    const inner = listPairs(itemsOf(pairs) ?? []).map((line) => `${indent}${line}`);
    return [`${last ? "`-" : "|-"} ${pythonText(title)}`, ...inner];
  });
}

function listPairs(pairs: readonly PickleValue[]): readonly string[] {
  return pairs.map((pair, i) => {
    const [title = "", value = null] = itemsOf(pair) ?? [];
    const text = isList(value) ? value.map(pythonText).join(" ") : pythonText(value);
    return `${i === pairs.length - 1 ? "`-" : "|-"} ${pythonText(title)}:\t${text}`;
  });
}

function describeSetting(option: string, reply: PickleValue): string | undefined {
  const text = pythonText(reply);
  switch (option) {
    case "syslogsocket":
      return `Current syslog socket is:\n\`- ${text}`;
    case "logtarget":
      return `Current logging target is:\n\`- ${text}`;
    case "loglevel":
      return `Current logging level is ${pythonRepr(reply)}`;
    case "dbfile":
      if (reply === null) return "Database currently disabled";
      return `Current database file is:\n\`- ${text}`;
    case "dbpurgeage":
      if (reply === null) return "Database currently disabled";
      return `Current database purge age is:\n\`- ${text}seconds`;
  }
  return undefined;
}

function describeOption(
  command: readonly string[],
  option: string,
  reply: PickleValue,
): string | undefined {
  const items = itemsOf(reply) ?? [];
  const [name, jail = "", , third = ""] = command;
  switch (
    option.replace(/^(?:add|del)(?=logpath|journalmatch|ignoreip|failregex|ignoreregex)/, "")
  ) {
    case "logpath":
      return listLines("Current monitored log file(s):", "No file is currently monitored", items);
    case "ignoreip":
      return listLines(
        "These IP addresses/networks are ignored:",
        "No IP address/network is ignored",
        items,
      );
    case "failregex":
    case "ignoreregex":
      return listLines(
        "The following regular expression are defined:",
        "No regular expression is defined",
        items.map((item, i) => `[${i}]: ${pythonText(item)}`),
      );
    case "logencoding":
      return `Current log encoding is set to:\n${pythonText(reply)}`;
    case "journalmatch":
      return describeMatches(items);
    case "datepattern":
      return `Current date pattern set to: ${describeDates(reply)}`;
    case "actions":
      return listNames(
        `The jail ${jail} has the following actions:`,
        `No actions for jail ${jail}`,
        items,
      );
    case "actionproperties":
    case "actionmethods": {
      const what = option.replace("action", "");
      const has = `The jail ${jail} action ${third} has the following ${what}:`;
      return listNames(has, `No ${what} for jail ${jail} action ${third}`, items);
    }
    case "banip":
      if (name !== "get" || !isList(reply)) return undefined;
      return items.map(pythonText).join(separatorOf(command[3]));
  }
  return undefined;
}

function listLines(title: string, empty: string, items: readonly PickleValue[]): string {
  if (items.length === 0) return empty;
  const lines = items.map(
    (item, i) => `${i === items.length - 1 ? "`-" : "|-"} ${pythonText(item)}`,
  );
  return [title, ...lines].join("\n");
}

function listNames(title: string, empty: string, items: readonly PickleValue[]): string {
  return items.length === 0 ? empty : `${title}\n${items.map(pythonText).join(", ")}`;
}

function describeMatches(matches: readonly PickleValue[]): string {
  if (matches.length === 0) return "No journal match filter set";
  const texts = matches.map((fields) => (itemsOf(fields) ?? []).map(pythonText).join(" "));
  return `Current match filter:\n${texts.join(" + ")}`;
}

function describeDates(reply: PickleValue): string {
  const [pattern = null, name = null] = itemsOf(reply) ?? [];
  if (reply === null) return "Not set/required";
  return pattern === null ? pythonText(name) : `${pythonText(pattern)} (${pythonText(name)})`;
}

function separatorOf(argument: string | undefined): string {
  if (argument === undefined) return " ";
  return argument === "--with-time" ? "\n" : argument;
}
