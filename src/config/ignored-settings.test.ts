/** Settings without effect are reported with their place, and what is missing. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "./parse-config.ts";

async function doubts(...texts: readonly string[]): Promise<readonly string[]> {
  const config = await parseConfig(
    texts.map((text, i) => ({ path: `/${i}.toml`, text })),
    { paths: { state: "/state", socket: "/socket" }, ports: new Map() },
  );
  assert.ok(config.ok, JSON.stringify(config));
  return config.value.unread.map(({ doubt, fix }) => `${doubt} (${fix})`);
}

const XARF =
  '[actions.x]\nkind = "xarf"\norg = "E"\ncontact = "a@example.org"\ndomain = "example.org"\n';

for (const [text, expected] of [
  [
    '[enforcers.nftables]\nreject_with = "tcp-reset"\n',
    '/0.toml:2:15: reject_with has no effect without verdict = "reject" (set verdict = "reject" in [enforcers.nftables], or remove reject_with)',
  ],
  [
    '[enforcers.a]\nkind = "iptables"\nverdict = "drop"\nreject_with = "tcp-reset"\n',
    '/0.toml:4:15: reject_with has no effect without verdict = "reject" (set verdict = "reject" in [enforcers.a], or remove reject_with)',
  ],
  ['[enforcers.nftables]\nverdict = "reject"\nreject_with = "tcp-reset"\n', undefined],
  [
    '[enforcers.f]\nkind = "file"\npath = "/l"\nformat = "caddy"\ntemplate = "deny {ip};"\n',
    "/0.toml:4:10: format has no effect beside template (remove one of them from [enforcers.f])",
  ],
  [
    '[enforcers.f]\nkind = "file"\npath = "/l"\ncomment = "//"\n',
    "/0.toml:4:11: comment has no effect without template (set template in [enforcers.f], or remove comment)",
  ],
  [
    '[enforcers.f]\nkind = "file"\npath = "/l"\nevery = "9s"\n',
    "/0.toml:4:9: every has no effect without reload (set reload in [enforcers.f], or remove every)",
  ],
  [
    '[enforcers.e]\nkind = "edge"\nservice = "s"\ntoken_file = "/t"\ncredential = "c"\n',
    "/0.toml:5:14: credential has no effect beside token_file (remove one of them from [enforcers.e])",
  ],
  [
    '[lists.l]\nfile = "/l"\ntimeout = "9s"\n',
    "/0.toml:3:11: timeout has no effect without url (set url in [lists.l], or remove timeout)",
  ],
  [
    '[jails.sshd]\nignorecommand_keep = "9s"\n',
    "/0.toml:2:22: ignorecommand_keep has no effect without ignorecommand (set ignorecommand in [jails.sshd], or remove ignorecommand_keep)",
  ],
  ['[jails.sshd]\nignorecommand = "true"\nignorecommand_keep = "9s"\n', undefined],
  [
    `${XARF}directory = "/d"\nkey_file = "/k"\n`,
    "/0.toml:7:12: key_file has no effect without url (set url in [actions.x], or remove key_file)",
  ],
] as const)
  test(`${text.split("\n").at(-2)}: ${expected === undefined ? "has an effect" : "is reported"}`, async () => {
    assert.deepEqual(await doubts(text), expected === undefined ? [] : [expected]);
  });

test("the other setting may be in a later file", async () => {
  const reject = '[enforcers.nftables]\nreject_with = "tcp-reset"\n';
  assert.deepEqual(await doubts(reject, '[enforcers.nftables]\nverdict = "reject"\n'), []);
});
