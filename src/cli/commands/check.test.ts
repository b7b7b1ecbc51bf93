/** check through the program: what is opened later is validated by it with the same functions. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type CommandEnd, runCommands } from "../run-commands.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-check-"));
after(() => rmSync(FOLDER, { recursive: true }));

const TOKEN = join(FOLDER, "token");
writeFileSync(TOKEN, "secret\n", { mode: 0o600 });

function check(enforcer: string): CommandEnd {
  const path = join(FOLDER, "bailiff.toml");
  writeFileSync(path, `[jails.sshd]\nenforcer = "e1"\n[enforcers.e1]\n${enforcer}\n`);
  return runCommands([["--config", path, "check"]])[0] ?? assert.fail();
}

const PARAMETERS = 'parameters = { account = "a", list = "l" }\n';

for (const [title, enforcer, expected] of [
  [
    "a service without a definition",
    'kind = "edge"\nservice = "cloudflare"\n',
    /^\/.*\/bailiff\.toml:3:\d+: enforcers\.e1: unknown service "cloudflare" \(did you mean "cloudflare-list"\? .*aws-waf, .*unifi/,
  ],
  [
    "missing parameters",
    `kind = "edge"\nservice = "cloudflare-list"\ntoken_file = "${TOKEN}"\n`,
    /the parameter "account" is missing \(.*account \(/,
  ],
  [
    "no token",
    `kind = "edge"\nservice = "cloudflare-list"\n${PARAMETERS}`,
    /neither token_file nor credential is set \(set "token_file"/,
  ],
  [
    "a template without an address",
    `kind = "file"\npath = "${FOLDER}/deny"\ntemplate = "deny;"\n`,
    /^\/.*\/bailiff\.toml:3:\d+: enforcers\.e1: .*\(correct "template"\)/,
  ],
] as const)
  test(`check finds ${title}, which a jail would meet later`, () => {
    const { status, stdout, stderr } = check(enforcer);
    assert.equal(status, 78, stdout + stderr);
    assert.match(stderr, expected);
    assert.match(stderr, /^1 problem$/m);
    assert.doesNotMatch(stdout, /is valid/);
  });

for (const [title, enforcer, expected] of [
  [
    "a token file",
    `kind = "edge"\nservice = "cloudflare-list"\n${PARAMETERS}token_file = "${FOLDER}/none"\n`,
    /cannot read the credential: .*to do: /,
  ],
  [
    "a reload program",
    `kind = "file"\npath = "${FOLDER}/deny"\nreload = ["/no/such-program"]\nformat = "plain"\n`,
    /such-program was not found to do: install it/,
  ],
] as const)
  test(`check warns of ${title} that is missing on this host`, () => {
    const { status, stdout, stderr } = check(enforcer);
    assert.equal(status, 0, stdout + stderr);
    const text = stdout.replaceAll(/\s+/g, " ");
    assert.match(text, /Warning: \/\S+\/bailiff\.toml:3:\d+: enforcer e1 cannot be used: /);
    assert.match(text, expected);
    assert.doesNotMatch(text, /"auto" is/, "no jail leaves the choice");
  });

test("check says what auto means if a jail leaves the choice", () => {
  const path = join(FOLDER, "auto.toml");
  writeFileSync(path, "[jails.sshd]\n");
  const [ended] = runCommands([["--config", path, "check"]]);
  assert.match(ended?.stdout ?? "", /^enforcer = "auto" is /m);
});

test("check warns of actions that lack a program, a key or a directory", () => {
  const path = join(FOLDER, "actions.toml");
  const xarf = 'org = "E"\ncontact = "a@example.org"\ndomain = "example.org"\n';
  const tables = [
    '[actions.a]\nkind = "command"\nban = ["/no/such", "{ip}"]\n',
    `[actions.b]\nkind = "abuseipdb"\nkey_file = "${FOLDER}/no-key"\n`,
    `[actions.c]\nkind = "xarf"\n${xarf}directory = "${FOLDER}/none"\n`,
    `[actions.d]\nkind = "abuseipdb"\nkey_file = "${TOKEN}"\n`,
  ];
  writeFileSync(path, `[jails.sshd]\nactions = ["a", "b", "c", "d"]\n${tables.join("")}`);
  const [ended] = runCommands([["--config", path, "check"]]);
  const text = (ended?.stdout ?? "").replaceAll(/\s+/g, " ");
  assert.equal(ended?.status, 0, text);
  assert.match(
    text,
    /actions\.toml:3:\d+: action a: the program of "ban", \/no\/such, was not found/,
  );
  assert.match(text, /action b: \S+no-key cannot be read: /);
  assert.match(text, /action c: \S+none is no directory/);
  assert.doesNotMatch(text, /action d/);
});
