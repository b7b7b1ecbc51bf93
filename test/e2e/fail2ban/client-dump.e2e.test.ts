/**
 * With the stock configuration and every jail enabled, we read the same options, expressions and commands that
 * `fail2ban-client -d` would send to its server.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type Fail2banDirectory,
  type Fail2banJail,
  isTrue,
  readDirectory,
} from "../../../src/fail2ban/config/read-directory.ts";

/** "set", its jail, an option and its value; "multi-set" with a list of values. */
type Command = readonly [string, string, ...unknown[]];

/** Converts Python literals to JSON, one command per line. */
const TO_JSON = `
import ast, json, sys
for line in sys.stdin:
    if line.startswith("["):
        print(json.dumps(ast.literal_eval(line)))
`;

let directory: string;
let commands: readonly Command[];
let ours: Fail2banDirectory;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "bailiff-dump-"));
  cpSync("/etc/fail2ban", directory, { recursive: true });
  writeFileSync(join(directory, "jail.local"), "[DEFAULT]\nenabled = true\n");
  const dump = execFileSync("/usr/bin/fail2ban-client", ["-c", directory, "-d"], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const json = execFileSync("/usr/bin/python3", ["-c", TO_JSON], {
    input: dump,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  commands = json
    .trimEnd()
    .split("\n")
    .map((line): Command => JSON.parse(line));
  ours = readDirectory({ directory, version: "1.0.2" });
});

after(() => rmSync(directory, { recursive: true }));

test("every option of every stock jail is read as fail2ban-client reads it", (t) => {
  const jails = new Map(ours.jails.map((jail) => [jail.name, jail]));
  const wrong: string[] = [];
  let equal = 0;
  for (const [how, name, ...rest] of commands) {
    const jail = jails.get(name);
    if (how === "add" || how === "start") {
      if (jail?.enabled === true) equal++;
      else wrong.push(`jail ${name} is not enabled`);
      continue;
    }
    // Settings of the server come first.
    if (jail === undefined) continue;
    const facts = factsOf(jail, rest, how === "multi-set");
    for (const { what, got, wanted } of facts) {
      if (same(got, wanted)) equal++;
      else wrong.push(`${name}: ${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
    }
  }
  assert.deepEqual(wrong, []);
  t.diagnostic(`equal: ${equal} options of ${jails.size} jails`);
  assert.ok(equal >= 2500 && jails.size >= 91);
  assert.deepEqual(
    ours.jails.flatMap(({ problems }) => problems),
    [],
  );
});

test("the server's own settings are read as fail2ban-client reads them", () => {
  const names = ["syslogsocket", "loglevel", "logtarget", "dbfile", "dbmaxmatches", "dbpurgeage"];
  const settings = commands.filter(([how, name]) => how === "set" && names.includes(name));
  assert.equal(settings.length, names.length);
  for (const [, name, value] of settings)
    assert.equal(ours.settings.get(name), String(value), name);
});

interface Fact {
  readonly what: string;
  readonly got: unknown;
  readonly wanted: unknown;
}

function factsOf(jail: Fail2banJail, rest: readonly unknown[], isList: boolean): readonly Fact[] {
  const [option, value, more] = rest;
  const key = String(option);
  switch (key) {
    case "addfailregex":
    case "addignoreregex":
      return [{ what: key, got: linesOf(jail, key.slice(3)), wanted: isList ? value : [value] }];
    case "addaction":
      return [{ what: key, got: jail.actions.some(({ name }) => name === value), wanted: true }];
    case "action":
      return factsOfAction(jail, String(value), more);
    case "addignoreip":
      return rest.slice(1).map((wanted) => {
        const listed = jail.options.get("ignoreip")?.split(/[\s,]+/) ?? [];
        return { what: key, got: listed.includes(String(wanted)), wanted: true };
      });
    case "addlogpath":
      return [{ what: key, got: matchesLogPath(jail, String(value)), wanted: true }];
    case "addjournalmatch":
      return [
        {
          what: key,
          got: optionOf(jail, "journalmatch")
            ?.split(/\s+/)
            .join(" ")
            .includes(rest.slice(1).join(" ")),
          wanted: true,
        },
      ];
    default:
      return [{ what: key, got: optionOf(jail, key), wanted: value }];
  }
}

function factsOfAction(jail: Fail2banJail, name: string, values: unknown): readonly Fact[] {
  const action = jail.actions.find((one) => one.name === name);
  assert.ok(action !== undefined && Array.isArray(values), `${jail.name}: action ${name}`);
  const properties = new Map([...action.commands, ...action.properties]);
  const listed = values.map(([key, wanted]: readonly [string, unknown]) => ({
    what: `${name} ${key}`,
    got: properties.get(key),
    wanted,
  }));
  const names = new Set(listed.map(({ what }) => what));
  const extra = [...properties.keys()].filter((key) => !names.has(`${name} ${key}`));
  return [...listed, { what: `${name}: more properties`, got: extra, wanted: [] }];
}

/** The filter's option only counts if the jail has none; the client sends both to the server. */
function optionOf({ options, filter }: Fail2banJail, key: string): string | undefined {
  return options.get(key) ?? filter?.options.get(key);
}

function linesOf(jail: Fail2banJail, key: string): readonly string[] {
  return (optionOf(jail, key) ?? "").split("\n").filter((line) => line !== "");
}

/** The client expands globs. */
function matchesLogPath(jail: Fail2banJail, path: string): boolean {
  const listed = (jail.options.get("logpath") ?? "").split("\n").map((line) => line.trim());
  const prefix = (one: string): string => one.split(/[*?[]/)[0] ?? "";
  return listed.some((one) => one === path || (/[*?[]/.test(one) && path.startsWith(prefix(one))));
}

function same(got: unknown, wanted: unknown): boolean {
  if (typeof wanted === "boolean")
    return got === wanted || (typeof got === "string" && isTrue(got) === wanted);
  if (typeof wanted === "number") return Number(got) === wanted;
  return JSON.stringify(got) === JSON.stringify(wanted);
}
