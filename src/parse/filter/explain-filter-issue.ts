/**
 * Explains a problem in the shape of a filter file: what was found, what is allowed, and what was probably meant.
 * Converts an issue of the schema to a problem without a line; its key identifies the location.
 */
import type * as v from "valibot";
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import { TIME_ZONE_FORMS } from "../header/time-zone.ts";

const EXAMPLE_KEYS: ReadonlyMap<string, string> = new Map([
  ["csv", "3"],
  ["w3c", '"c-ip"'],
  ["sd", '"sshd@1.ip"'],
]);

/** Describes the values that each key accepts. Keys of tables in lists have no number here. */
const TAKES: ReadonlyMap<string, string> = new Map([
  ["name", "lowercase letters, digits and dashes, equal to the file name"],
  ["extends", "the name of the filter to add to"],
  ["description", "a text"],
  ...["programs", "journal", "files", "ports"].map((key): [string, string] => [
    key,
    `a list of texts, as in ${key} = ["…"]`,
  ]),
  [
    "columns",
    'names of the values of a CSV line, or of a sample with w3c, as in columns = ["time", "user", "address"]',
  ],
  ["columns_by_name", "true or false"],
  ["begins", 'the beginning of a record\'s first line, as in begins = "{time}"'],
  ["time_zone", TIME_ZONE_FORMS],
  ["time_format", 'the form of a time, as in time_format = "%d.%m.%Y %H:%M:%S"'],
  ["forwarded_line", "a list of patterns, as in forwarded_line = ['{*} {forwarded:quoted}']"],
  [
    "forwarded_field",
    'the key of the field with the forwarded addresses, as in forwarded_field = "headers.X-Forwarded-For"',
  ],
  ["sample.expect.forwarded", "the forwarded addresses as the line has them"],
  ["time_field", 'the key of the field with the time, as in time_field = "event.time"'],
  ["canary", '"ssh", "http", "smtp", "imap", "ftp" or "syslog"'],
  ["lacks", 'a list of "success", "ipv6" and "unusual-user"'],
  ["names_exclude", "one to eight characters that no account name contains"],
  ["logs_connections", "true or false"],
  ["escapes_line_breaks", "true or false"],
  ["shared", "programs and files of the filter that other services have too"],
  ["clients", "programs of the filter that are a client of the service too"],
  ["remote", "true or false"],
  ["address_headers", 'a list of header names, as in address_headers = ["X-Real-IP"]'],
  ["records_logins", 'terminals, as in records_logins = { failed = ["ssh:notty"] }'],
  ...["failed", "succeeded"].map((key): [string, string] => [
    `records_logins.${key}`,
    `a list of terminals, as in ${key} = ["pts/*"]`,
  ]),
  ["abuse_categories", "lists by mode, as in abuse_categories = { normal = [18], abuse = [21] }"],
  ...["normal", "aggressive", "abuse"].map((key): [string, string] => [
    `abuse_categories.${key}`,
    `numbers of AbuseIPDB's categories, as in ${key} = [18, 22]`,
  ]),
  ["rule", "tables [[rule]]"],
  ["rule.id", 'lowercase letters, digits and dashes, as in id = "login-failed"'],
  ["rule.is", '"failure", "success", "neutral" or "pending"'],
  ["rule.mode", '"normal", "aggressive" or "abuse"'],
  ["rule.evidence", 'one line, as in evidence = "auth-passwd.c of OpenSSH 9.9"'],
  ["rule.unverified", "true or false"],
  ["rule.claims", '"googlebot" or "applebot"'],
  ["rule.counts", '"each", "early" or "once"'],
  ["rule.recorded", "true or false"],
  ["rule.unknown_user", "true or false"],
  ["rule.closes", "true or false"],
  ["rule.login", '"key" or "password"'],
  ["rule.line", 'a pattern, as in line = "login of {user} from {ip} failed", or a list of them'],
  ["rule.regex", "a regular expression between single quotes, of at most 4000 characters"],
  [
    "rule.json",
    'fields with a pattern each (or a number, true or false), as in json = { msg = "Login failed", "client.ip" = "{ip}" }',
  ],
  ...["logfmt", "csv", "cef", "w3c", "sd"].map((key): [string, string] => [
    `rule.${key}`,
    `fields with a pattern each (or a number, true or false), as in ${key} = { ${EXAMPLE_KEYS.get(key) ?? "src"} = "{ip}" }`,
  ]),
  ["rule.absent", 'a list of keys that the line does not have, as in absent = ["error"]'],
  ["rule.before", 'a pattern for the text before the object, as in before = "app: "'],
  ["sample", "tables [[sample]]"],
  ["sample.line", "a line of the log"],
  ["sample.mode", '"normal", "aggressive" or "abuse"'],
  ["sample.expect", '"none", or { rule = "…", ip = "…" }'],
  ["sample.expect.rule", "the id of a rule"],
  ["sample.expect.ip", "an address"],
  ["sample.expect.user", "a name"],
  ["sample.expect.counts", "a whole number, 0 or more"],
  ["python", "a table [python], as bailiff import writes it"],
  ...["failregex", "ignoreregex", "datepattern"].map((key): [string, string] => [
    `python.${key}`,
    `a list of texts, as in ${key} = ['…']`,
  ]),
  ["python.prefregex", "a regular expression between single quotes"],
  ["python.maxlines", "a whole number from 1 to 1000"],
  ["python.usedns", '"yes", "warn", "no" or "raw"'],
  ["python.logtimezone", "a time zone"],
]);

/** Keys of fail2ban and common mistakes, with the equivalent here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["failregex", 'write [[rule]] tables with is = "failure", or see bailiff import'],
  ["ignoreregex", 'write a rule with is = "neutral" before the others'],
  ["prefregex", "write the whole message in line"],
  ["datepattern", "the time is found automatically; {time} is for a line that has it elsewhere"],
  ["journalmatch", 'write journal = ["_SYSTEMD_UNIT=…"]'],
  ["logpath", 'write files = ["/var/log/…"]'],
  ["port", 'write ports = ["…"]'],
  ["program", 'write programs = ["…"]'],
  ["pattern", 'write line = "…"'],
  ["kind", 'write is = "failure"'],
  ["type", 'write is = "failure"'],
  ["maxretry", "this belongs in the jail, in the configuration"],
  ["findtime", "this belongs in the jail, in the configuration"],
  ["bantime", "this belongs in the jail, in the configuration"],
]);

/** Maps values of other tools to the value here. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ...["fail", "failed", "error", "attack"].map((word): [string, string] => [word, "failure"]),
  ...["ok", "accepted", "succeeded", "login"].map((word): [string, string] => [word, "success"]),
  ...["ignore", "ignored", "info"].map((word): [string, string] => [word, "neutral"]),
  ["context", "pending"],
  ["strict", "aggressive"],
]);

/** Explains an issue. `above`: keys of the tables and lists that contain it. */
export function explainFilterIssue(
  issue: v.BaseIssue<unknown>,
  path: string,
  above: readonly unknown[] = [],
): readonly Problem[] {
  const keys = [...above, ...(issue.path ?? []).map((part) => part.key)];
  // A union reports an issue too, but the issues of its closest branch are more precise.
  const inner = (issue.issues ?? []).filter((sub) => sub.path !== undefined);
  if (inner.length > 0) return inner.flatMap((sub) => explainFilterIssue(sub, path, keys));
  const place = keys.length === 0 ? { path } : { path, key: keys.join(".") };
  const general = keys.filter((key) => typeof key !== "number").map(String);
  if (issue.type === "strict_object" && issue.expected === "never")
    return [{ ...place, ...explainUnknown(general, issue.received) }];
  const expected = expectedAt(general) ?? "a table";
  const word = typeof issue.input === "string" ? issue.input : "";
  const words = wordsIn(expected);
  const meant = MEANT.get(word.toLowerCase()) ?? "";
  const near = words.includes(meant) ? meant : didYouMean(word, words);
  const hint = near === undefined || near === word ? {} : { hint: `did you mean "${near}"?` };
  return [{ ...place, got: describe(issue), expected, ...hint }];
}

/** Returns the accepted values of the key, or of the list or table that contains it. */
function expectedAt(keys: readonly string[]): string | undefined {
  for (let length = keys.length; length > 0; length--) {
    const known = TAKES.get(keys.slice(0, length).join("."));
    if (known !== undefined) return known;
  }
  return undefined;
}

function explainUnknown(
  keys: readonly string[],
  received: string,
): Pick<Problem, "got" | "expected" | "hint"> {
  const [typed = ""] = keys.slice(-1);
  const prefix = keys
    .slice(0, -1)
    .map((key) => `${key}.`)
    .join("");
  const known = [...TAKES.keys()].flatMap((one) => {
    const rest = one.startsWith(prefix) ? one.slice(prefix.length) : "";
    return rest === "" || rest.includes(".") ? [] : [rest];
  });
  // A filter file allows all of these; only a file with `extends` refuses some.
  const near = known.includes(typed) ? undefined : didYouMean(typed, known);
  const meant = near === undefined ? undefined : `did you mean "${near}"?`;
  const hint = known.includes(typed) ? ONLY_RULES : (ELSEWHERE.get(typed) ?? meant);
  const got = `unknown key ${received}`;
  const expected = expectChoice("a valid key", { choices: known, hint });
  return hint === undefined ? { got, expected } : { got, expected, hint };
}

const ONLY_RULES =
  "remove it: a file with extends only adds rules and samples to the filter that it names";

function wordsIn(expected: string): readonly string[] {
  return expected.match(/(?<=")[a-z]+(?=")/g) ?? [];
}

function describe({ received, input }: v.BaseIssue<unknown>): string {
  if (Array.isArray(input)) return input.length === 0 ? "an empty list" : "a list";
  if (typeof input === "string")
    return input === "" ? "an empty text" : JSON.stringify(input.slice(0, 80));
  if (input === undefined) return "nothing";
  return typeof input === "object" ? "a table" : received;
}
