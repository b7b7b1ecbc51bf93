import assert from "node:assert/strict";
import test from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { parsePortNames } from "../host/services/port-names.ts";
import { parseConfig } from "./parse-config.ts";

const CONTEXT = {
  paths: { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" },
  ports: parsePortNames("ssh 22/tcp\ndomain 53/tcp\ndomain 53/udp\n"),
};

async function read(text: string) {
  const parsed = await parseConfig([{ path: "/b.toml", text }], CONTEXT);
  return parsed.ok ? parsed.value : parsed.error.map(formatProblem);
}

test("each [jail.NAME] is reported as [jails.NAME], together with mistakes inside", async () => {
  const found = await read("[jail.sshd]\nmaxretry = 3\n[jail.web]\nmaxretry = 0\n");
  assert.deepEqual(found, [
    "/b.toml:1:7: jail.sshd: found unknown table [jail.sshd], expected [jails.sshd]",
    "/b.toml:3:7: jail.web: found unknown table [jail.web], expected [jails.web]",
    "/b.toml:4:12: jail.web.maxretry: found 0, expected a whole number from 1 to 1000",
  ]);
  const [single] = (await read("[jail]\nmaxretry = 3\n")) as readonly string[];
  assert.match(single ?? "", /called \[jails\.NAME\]/);
});

test("a range of ports means each of its ports", async () => {
  const config = await read(
    '[jails.sshd]\nports = ["8000:8002", "22-23", "53-54/udp", "9-9", "53/UDP"]\n',
  );
  assert.ok(!Array.isArray(config) && "jails" in config);
  assert.equal(
    config.jails[0]?.ports,
    "tcp/9,tcp/22,tcp/23,tcp/8000,tcp/8001,tcp/8002,udp/53,udp/54",
  );
});

test("a range that no ban can close is refused with the reason", async () => {
  const reasons: readonly (readonly [string, RegExp])[] = [
    ["1000-1035", /36 ports, and a ban closes at most 35: write "all"/],
    ["30:20", /smaller one/],
    ["0-7", /from 1 to 65535/],
    ["65530-70000", /from 1 to 65535/],
  ];
  for (const [range, reason] of reasons) {
    const [problem] = (await read(`[jails.sshd]\nports = ["${range}"]\n`)) as readonly string[];
    assert.match(problem ?? "", reason);
  }
});
