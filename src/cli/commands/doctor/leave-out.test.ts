import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../config/parse-config.ts";
import { instant } from "../../../domain/instant.ts";
import { describeFailing } from "../../../health/checks/check-actions.ts";
import { parsePortNames } from "../../../host/services/port-names.ts";
import { describeProblem, withoutCommands, withoutComments, withoutOutput } from "./leave-out.ts";

const SECRET = "hunter2";
const CONTEXT = { paths: { state: "/s", socket: "/r" }, ports: parsePortNames("") };

test("the shown configuration contains no command, property or option of an action", async () => {
  const parsed = await parseConfig(
    [
      {
        path: "bailiff.toml",
        text: `[jails.web]
source = { command = ["/usr/bin/docker", "logs", "--token", "${SECRET}"] }
ignorecommand = "curl -H 'X-Key: ${SECRET}' # ${SECRET}"
[[jails.web.actions]]
name = "mail"
ban = "mail -p ${SECRET}"
properties = { sender = "${SECRET}" }
[[jails.web.actions]]
name = "cloud"
python = "/etc/x.py"
options = { key = "${SECRET}" }
[actions.ops]
kind = "command"
ban = ["/usr/bin/router", "--token=${SECRET}", "{ip}"]
[enforcers.mine]
kind = "command"
ban = ["/usr/bin/router", "--token=${SECRET}", "{ip}"]
unban = ["/usr/bin/router", "--token=${SECRET}", "{ip}"]
[enforcers.list]
kind = "file"
path = "/etc/list"
reload = ["/usr/bin/curl", "-H", "X-Key: ${SECRET}"]
[defaults]
actions = ["ops", { name = "own", ban = "mail ${SECRET}" }]
`,
      },
    ],
    CONTEXT,
  );
  assert.ok(parsed.ok);
  const shown = withoutCommands(parsed.value);
  const text = JSON.stringify(shown);
  assert.doesNotMatch(text, new RegExp(SECRET));
  assert.match(text, /"name":"mail".*"commands":\["ban"\]/);
  assert.match(text, /"ban":\["\/usr\/bin\/router","\(left out\)"\]/);
  assert.match(text, /"reload":\["\/usr\/bin\/curl","\(left out\)"\]/);
  assert.match(text, /"python":"\/etc\/x\.py"/);
});

test("a mistake is shown with its position and the expectation, without the found value", () => {
  const problem = { path: "a.toml", line: 3, key: "jails.x.ban", got: SECRET, expected: "a text" };
  assert.equal(describeProblem(problem), "a.toml:3: jails.x.ban: expected a text");
});

test("comments of the firewall are left out", () => {
  const shown = withoutComments(
    `table inet bailiff { comment "${SECRET}" counter drop comment "x y" }`,
  );
  assert.equal(
    shown,
    'table inet bailiff { comment "(left out)" counter drop comment "(left out)" }',
  );
});

test("output of a failed action command is left out of the evidence of its check", () => {
  for (const failures of [1, 3]) {
    const reason = `exit code 1: ${SECRET}\n${SECRET}`;
    const text = describeFailing(
      { action: "cloud", command: "ban", failures, reason, at: instant(0) },
      1,
    );
    assert.doesNotMatch(withoutOutput(text), new RegExp(SECRET));
    assert.match(withoutOutput(text), /^the ban command of action cloud failed.*: \(left out\)$/);
  }
});
