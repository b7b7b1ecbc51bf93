/** What a channel or an action lacks on this host shows in `doctor` and in the answer to `check`, and stops nothing. */
import assert from "node:assert/strict";
import test from "node:test";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"
actions = ["report"]

[jails.sshd]
source = { file = ["/story"] }

[notify.ops]
kind = "gotify"
server = "https://notices.example.org"
token_file = "/nowhere/gotify.token"

[actions.report]
kind = "abuseipdb"
key_file = "/nowhere/abuseipdb.key"
`;
const WHO = "operator";

test("doctor and check name a missing secret of a channel and of an action, and the jail runs", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  const expected = [
    /bailiff\.toml:11:1: channel ops: \/nowhere\/gotify\.token cannot be read: no such file/,
    /bailiff\.toml:13:10: action report: \/nowhere\/abuseipdb\.key cannot be read: no such file/,
  ];
  const { notes, jails } = await daemon.answer.doctor({}, WHO);
  assert.equal(jails[0]?.state, "observing");
  for (const [i, one] of expected.entries()) assert.match(notes[i] ?? "", one);
  assert.match(notes[0] ?? "", /\(write the token there .*or correct "token_file"\)$/);
  const checked = await daemon.answer.check({}, WHO);
  assert.ok(checked.ok && checked.usable);
  const doubts = checked.warnings.map(({ doubt }) => doubt).join("\n");
  for (const one of expected) assert.match(doubts, one);
});
