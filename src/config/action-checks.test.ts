import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { parseConfig } from "./parse-config.ts";

const CONTEXT = { paths: { state: "/state", socket: "/socket" }, ports: new Map() };

async function read(...texts: readonly string[]): ReturnType<typeof parseConfig> {
  const sources = texts.map((text, i) => ({ path: `${i}.toml`, text }));
  return parseConfig(sources, CONTEXT);
}

const OPS = '[actions.ops]\nkind = "command"\nban = ["/bin/x", "{ip}"]\n';

test("jails name actions, and [defaults] names them for all jails", async () => {
  const config = await read(
    `${OPS}[actions.siem]\nkind = "log"\n[defaults]\nactions = ["siem"]\n[jails.a]\n[jails.b]\nactions = ["ops"]\n`,
  );
  assert.ok(config.ok, JSON.stringify(config));
  assert.deepEqual(
    config.value.jails.map(({ actions }) => actions.names),
    [["siem"], ["ops"]],
  );
  const [ops, siem] = config.value.actions;
  assert.deepEqual(ops, {
    ...{ name: "ops", kind: "command", ban: ["/bin/x", "{ip}"], unban: undefined },
    ...{ timeout: 30_000, parallel: 4 },
  });
  assert.deepEqual(siem, {
    ...{ name: "siem", kind: "log", to: "journal", tag: "bailiff-bans", facility: "daemon" },
  });
});

test("names and a jail's own tables may be mixed", async () => {
  const config = await read(`${OPS}[jails.a]\nactions = ["ops", { name = "own", ban = "true" }]\n`);
  assert.ok(config.ok, JSON.stringify(config));
  const { names, tables } = config.value.jails[0]?.actions ?? assert.fail();
  assert.deepEqual([names, tables.map(({ name }) => name)], [["ops"], ["own"]]);
});

test("a later file changes single keys of an action, without its kind", async () => {
  const config = await read(OPS, '[actions.ops]\ntimeout = "5s"\n');
  assert.ok(config.ok, JSON.stringify(config));
  const [ops] = config.value.actions;
  assert.ok(ops?.kind === "command");
  assert.deepEqual([ops.timeout, ops.ban], [5000, ["/bin/x", "{ip}"]]);
});

const XARF =
  '[actions.x]\nkind = "xarf"\norg = "Example"\ncontact = "abuse@example.org"\ndomain = "example.org"\n';

const MISTAKES: readonly (readonly [text: string, expected: RegExp])[] = [
  [
    `${OPS}[jails.a]\nactions = ["opps"]`,
    /0\.toml:5:12: jails\.a\.actions, entry 1: found "opps", expected the name of a table \[actions\.NAME\] \(did you mean "ops"\?\)/,
  ],
  ['[jails.a]\nactions = ["x"]', /expected the name of a table .*\(write a table \[actions\.x\]\)/],
  [`${OPS}[defaults]\nactions = ["ops", "ops"]`, /found a second action "ops"/],
  [`${OPS}[defaults]\nactions = "ops"`, /found "ops", expected names of .*\(write \["ops"\]\)/],
  [
    '[actions.x]\ntimeout = "5s"',
    /0\.toml:1:\d+: .*without kind, expected kind = one of "command"/,
  ],
  [
    '[actions.x]\nkind = "comand"',
    /:2:8: actions\.x\.kind: found "comand".*did you mean "command"/,
  ],
  ['[actions.x]\nkind = "log"\nban = ["/x"]', /:3:1: actions\.x\.ban: found unknown key "ban"/],
  ['[actions."a b"]\nkind = "log"', /found "a b", expected letters, digits/],
  ["actions = 5", /found 5, expected tables \[actions\.NAME\]/],
  ['[action.x]\nkind = "log"', /the table of an action is called \[actions\.NAME\]/],
  ['[actions.x]\nkind = "command"\nban = "/bin/x {ip}"', /:3:7: .*expected a program and its/],
  ['[actions.x]\nkind = "command"\nban = ["x"]', /:3:8: .*absolute path/],
  ['[actions.x]\nkind = "command"\nunban = "x"', /such as \["[^"]*", "unblock", "\{ip\}"\]/],
  [
    '[actions.x]\nkind = "command"\nban = ["/x", "{usr}"]',
    /:3:14: .*found placeholder "\{usr\}", .*did you mean \{user\}\?/,
  ],
  ['[actions.x]\nkind = "abuseipdb"', /:1:\d+: .*without key_file, expected a key key_file/],
  ['[actions.x]\nkind = "command"', /found neither ban nor unban, expected at least one of them/],
  [`${XARF}`, /found neither url nor directory, expected one of them/],
  [`${XARF}url = "https://example.org"\ndirectory = "/x"`, /found both url and directory/],
  [`${XARF.replace("abuse@", "abuse")}`, /actions\.x\.contact: found .*an e-mail address such as/],
  ['[actions.x]\nkind = "command"\nban = ["/{ip}"]', /found "\{ip\}" in the path of the program/],
];

for (const [text, expected] of MISTAKES) {
  test(`a mistake about actions: ${text.replaceAll("\n", "; ")}`, async () => {
    const config = await read(text);
    assert.ok(!config.ok, "it has no mistake");
    assert.match(config.error.map(formatProblem).join("\n"), expected);
  });
}

test("a key of another kind is a mistake also when another file names the kind", async () => {
  const config = await read('[actions.x]\nkind = "log"\n', '[actions.x]\ntimeout = "5s"\n');
  assert.ok(!config.ok);
  assert.match(
    config.error.map(formatProblem).join("\n"),
    /^1\.toml:2:1: actions\.x\.timeout: found timeout of an action of kind "log", expected one of/,
  );
});
