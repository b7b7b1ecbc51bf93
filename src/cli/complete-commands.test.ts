import assert from "node:assert/strict";
import { test } from "node:test";
import { completeCommands } from "./complete-commands.ts";
import { createProgram } from "./commands.ts";

const TYPED = { config: "/etc/my site.toml", socket: "/run/b.sock" };
const WITH = "bailiff --config '/etc/my site.toml' --socket /run/b.sock";

test("suggested commands contain the options that the user typed", () => {
  for (const [text, completed] of [
    ["control /run/b.sock (try: bailiff status)", `control /run/b.sock (try: ${WITH} status)`],
    [
      "bailiff status shows it, bailiff stop ends it",
      `${WITH} status shows it, ${WITH} stop ends it`,
    ],
    ["Undo: \u001b[1mbailiff unban 192.0.2.1", `Undo: \u001b[1m${WITH} unban 192.0.2.1`],
    ["see bailiff\n  doctor", `see ${WITH}\n  doctor`],
    ["until `bailiff breaker reset`", `until \`${WITH} breaker reset\``],
  ] as const) {
    assert.equal(completeCommands(text, TYPED), completed);
    assert.equal(completeCommands(completed, TYPED), completed, "once is enough");
    assert.equal(completeCommands(text, {}), text);
  }
});

test("other commands are not changed", () => {
  for (const text of [
    "systemctl start bailiff",
    "bailiff runs without CAP_NET_ADMIN",
    "COMMAND=/usr/bin/bailiff status",
    "bailiff demo",
    "bailiff help why",
    "nft delete table inet bailiff",
  ])
    assert.equal(completeCommands(text, TYPED), text);
});

test("every command that connects to the daemon is listed", () => {
  const local = ["demo", "import", "set", "get", "fail2ban-client", "fail2ban-regex"];
  for (const command of createProgram(() => undefined).commands) {
    const text = `bailiff ${command.name()}`;
    assert.equal(completeCommands(text, TYPED) === text, local.includes(command.name()), text);
  }
});
