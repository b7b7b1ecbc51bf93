/** Formats a failure for `-o` as Python literals, since scripts read them. */
import { parseIp } from "../../domain/ip.ts";
import type { Fail2banFailure } from "../../fail2ban/dialect/fail2ban-failure.ts";
import { pythonRepr } from "../../fail2ban/server/python-text.ts";

/** Returns the output lines of a failure. */
export type FormatFailure = (failure: Fail2banFailure) => readonly string[];

export function createFailureFormat(out: string): FormatFailure {
  switch (out) {
    case "id":
    case "fid":
      return (failure) => [idOf(failure)];
    case "ip":
      return (failure) => [failure.groups.get("ip") ?? idOf(failure)];
    case "msg":
      return ({ lines }) => lines();
    case "row":
      return (failure) => [formatRow(failure)];
    default:
      return out.includes("<")
        ? (failure) => formatTags(out, failure)
        : (failure) => [formatGroup(out, failure)];
  }
}

/** Reports whether the format contains the lines that led to the failure. */
export function printsLines(out: string): boolean {
  return out === "msg" || out === "matches" || out.includes("<");
}

/** Returns the canonical spelling of an id that is an address; other ids unchanged. */
export function idOf({ id = "" }: Fail2banFailure): string {
  const slash = id.indexOf("/");
  const address = slash < 0 ? id : id.slice(0, slash);
  const ip = parseIp(address);
  return ip === undefined ? id : ip + id.slice(address.length);
}

/** Formats a row from a few long pieces, because string operations are most of the work. */
function formatRow(failure: Fail2banFailure): string {
  const { groups, users, at } = failure;
  let row = `[${formatText(idOf(failure))},\t${formatTime(at)},\t{`;
  let separator = "'";
  groups.forEach((value, name) => {
    const isUsers = name === "users";
    if (value !== undefined && !isUsers && isPlain(value)) {
      row += `${separator}${name}': '`;
      row += value;
      separator = "', '";
    } else {
      const text = isUsers ? formatUsers(users) : formatText(value);
      row += `${separator}${name}': ${text}`;
      separator = ", '";
    }
  });
  return `${row}${separator === "', '" ? "'" : ""}}],`;
}

function formatUsers(users: ReadonlySet<string>): string {
  let names = "";
  for (const user of users) names += names === "" ? formatText(user) : `, ${formatText(user)}`;
  return `{${names}}`;
}

/** Quotes a text like Python; most texts need no escapes, so they skip `pythonRepr`. */
function formatText(text: string | undefined): string {
  if (text === undefined) return "None";
  return isPlain(text) ? `'${text}'` : pythonRepr(text);
}

function isPlain(text: string): boolean {
  return /^[ !#-&(-[\]-~]*$/.test(text);
}

/** Formats seconds, always with a fraction; undefined: `None`. */
export function formatTime(at: number | undefined): string {
  if (at === undefined) return "None";
  return at % 1000 === 0 ? `${at / 1000}.0` : String(at / 1000);
}

function formatGroup(name: string, failure: Fail2banFailure): string {
  if (name === "users") return pythonRepr(new Set(failure.users));
  if (name === "matches") return pythonRepr(failure.lines());
  return failure.groups.get(name) ?? "None";
}

/** Replaces tags in the text. With `<msg>`, returns one line for each line of the failure. */
function formatTags(text: string, failure: Fail2banFailure): readonly string[] {
  const lines = failure.lines();
  const fill = (line: string): string =>
    text.replace(/<([^<>\s]+)>/g, (whole, tag: string) => tagValue(tag, line, failure) ?? whole);
  return text.includes("<msg>") ? lines.map(fill) : [fill(lines.join("\n"))];
}

function tagValue(tag: string, line: string, failure: Fail2banFailure): string | undefined {
  const { groups, lines, at } = failure;
  switch (tag) {
    case "msg":
      return line;
    case "ip":
      return groups.get("ip") ?? idOf(failure);
    case "id":
    case "fid":
      return idOf(failure);
    case "family":
      return `inet${idOf(failure).includes(":") ? 6 : 4}`;
    case "matches":
      return lines().join("\n");
    case "failures":
      // Only a running jail counts earlier failures.
      return "0";
    case "time":
      return formatTime(at);
    case "br":
      return "\n";
    case "sp":
      return " ";
  }
  if (!/^F-/i.test(tag)) return groups.get(tag);
  const name = tag.slice(2).toLowerCase();
  return groups.get(name) ?? "";
}
