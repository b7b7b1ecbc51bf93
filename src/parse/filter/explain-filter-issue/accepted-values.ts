/** Describes the values of a filter file in words, for errors. */
import { TIME_ZONE_FORMS } from "../../header/time-zone.ts";

/** Describes one value of a list, by the key of the list. */
export const ENTRIES: ReadonlyMap<string, string> = new Map([
  ["programs", "the name of a program"],
  ["journal", 'a match such as "_SYSTEMD_UNIT=myapp.service"'],
  ["files", "an absolute path"],
  ["ports", 'a port such as "ssh", 22, "53/udp" or "8000-8010"'],
  ["shared", "a program or a file of the filter"],
  ["clients", "a program of the filter"],
  ["lacks", '"success", "ipv6" or "unusual-user"'],
  ["address_headers", "the name of a header"],
  ["columns", "the name of a column"],
  ["forwarded_line", "a pattern, as in '{*} {forwarded:quoted}'"],
  ...["failed", "succeeded"].map((key): [string, string] => [
    `records_logins.${key}`,
    "the name of a terminal",
  ]),
  ...["normal", "aggressive", "abuse"].map((key): [string, string] => [
    `abuse_categories.${key}`,
    "a category of AbuseIPDB, from 1 to 23",
  ]),
  ["rule", "a table [[rule]]"],
  ["rule.line", "a pattern"],
  ["rule.absent", "a key that the line does not have"],
  ["sample", "a table [[sample]]"],
  ...["failregex", "ignoreregex", "datepattern"].map((key): [string, string] => [
    `python.${key}`,
    "a text",
  ]),
]);

const EXAMPLE_KEYS: ReadonlyMap<string, string> = new Map([
  ["csv", "3"],
  ["w3c", '"c-ip"'],
  ["sd", '"sshd@1.ip"'],
]);

/** Describes the values that each key accepts. Keys of tables in lists have no number here. */
export const TAKES: ReadonlyMap<string, string> = new Map([
  ["name", "lowercase letters, digits and dashes, equal to the file name"],
  ["extends", "the name of the filter to add to"],
  ["description", "a text"],
  ...["programs", "journal", "files", "ports"].map((key): [string, string] => [
    key,
    `a list of texts, as in ${key} = ["…"]`,
  ]),
  [
    "columns",
    'a list of names for the values of a CSV line, or of a sample with w3c, as in columns = ["time", "user", "address"]',
  ],
  ["columns_by_name", "true or false"],
  ["begins", 'the beginning of a record\'s first line, as in begins = "{time}"'],
  ["time_zone", TIME_ZONE_FORMS],
  ["time_format", 'the form of a time, as in time_format = "%d.%m.%Y %H:%M:%S"'],
  ["forwarded_line", "a list of patterns, as in forwarded_line = ['{*} {forwarded:quoted}']"],
  [
    "honeypot_line",
    "a list of patterns with the requested path, as in honeypot_line = ['{ip} \"GET {honeypot} {*}']",
  ],
  [
    "honeypot_record",
    "a list of tables, each with one format and the requested path, as in honeypot_record = [{ json = { client = '{ip}', path = '{honeypot}' } }]",
  ],
  ["honeypot_ignores_case", "true or false"],
  [
    "forwarded_field",
    'the key of the field with the forwarded addresses, as in forwarded_field = "headers.X-Forwarded-For"',
  ],
  ["sample.expect.forwarded", "the forwarded addresses as the line has them"],
  ["time_field", 'the key of the field with the time, as in time_field = "event.time"'],
  ["canary", '"ssh", "http", "smtp", "imap", "ftp" or "syslog"'],
  ["lacks", 'a list of "success", "ipv6" and "unusual-user"'],
  ["names_exclude", 'characters that no account name contains, as in names_exclude = ":"'],
  ["logs_connections", "true or false"],
  ["escapes_line_breaks", "true or false"],
  [
    "shared",
    'a list of programs and files of the filter that other services have too, as in shared = ["…"]',
  ],
  [
    "clients",
    'a list of programs of the filter that are a client of the service too, as in clients = ["…"]',
  ],
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
    `a list of AbuseIPDB's categories, as in ${key} = [18, 22]`,
  ]),
  ["rule", "tables [[rule]]"],
  ["rule.id", 'lowercase letters, digits and dashes, as in id = "login-failed"'],
  ["rule.is", '"failure", "success", "neutral" or "pending"'],
  ["rule.mode", '"normal", "aggressive" or "abuse"'],
  ["rule.evidence", 'one line, as in evidence = "auth-passwd.c of OpenSSH 9.9"'],
  ["rule.leading_text", 'one line, as in leading_text = "log.c of myapp 2.4: its process id"'],
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
