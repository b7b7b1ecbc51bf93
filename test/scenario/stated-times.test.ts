/** `time_zone` and `time_format` of a filter and of a jail, through the whole daemon. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { parseSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-times-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));
writeFileSync(
  join(FOLDER, "shop.toml"),
  `name = "shop"
time_zone = "+05:30"
time_format = "%d.%m.%y %H.%M.%S"
[[rule]]
id = "denied"
is = "failure"
line = "denied {ip}"
`,
);
const MINUTE = 60_000;
const PEER = parseSubject("192.0.2.7") ?? assert.fail();

function configOf(settings: string): string {
  return `[defaults]
findtime = "10m"
enforcer = "memory"

[filters]
directories = [${JSON.stringify(FOLDER)}]

[jails.shop]
source = { file = ["/story"] }
${settings}
`;
}

/** Writes the time `minutes` ago as the service does, in a zone that is `east` of UTC by so many minutes. */
function lineOf(daemon: VirtualDaemon, minutes: number, east: number): string {
  const wall = new Date(daemon.now() + (east - minutes) * MINUTE).toISOString();
  const [, y, m, d, h, min, s] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(wall) ?? [];
  return `${d}.${m}.${y} ${h}.${min}.${s} denied 192.0.2.7`;
}

const counted = (daemon: VirtualDaemon): number => daemon.count(PEER, "shop");

test("lines of before the start count by the stated form and zone", async () => {
  await using daemon = await openVirtualDaemon(configOf(""));
  await daemon.read([lineOf(daemon, 5, 330), lineOf(daemon, 15, 330)], "backlog");
  assert.equal(counted(daemon), 1, "the other one is older than findtime");
  assert.deepEqual(
    daemon.daemon.jails.map(({ jail }) => jail.unstamped),
    [0],
  );
});

test("the jail's settings take precedence over the filter's", async () => {
  await using daemon = await openVirtualDaemon(configOf('time_zone = "Asia/Kathmandu"'));
  await daemon.read([lineOf(daemon, 5, 345), lineOf(daemon, 5, 330)], "backlog");
  assert.equal(counted(daemon), 1, "the other one is twenty minutes old in this zone");
  const { jails } = await daemon
    .reload(configOf('time_format = "%Y/%j"'))
    .then((reloaded) =>
      reloaded.ok ? assert.fail("a wrong form is no configuration") : daemon.daemon,
    );
  assert.equal(jails.length, 1);
});

test("a line without such a time is counted as one, and only arrives now", async () => {
  await using daemon = await openVirtualDaemon(configOf(""));
  const iso = new Date(daemon.now()).toISOString();
  const lines = [`${iso} denied 192.0.2.7`, "denied 192.0.2.7", `${iso} something else`];
  await daemon.read(lines, "backlog");
  assert.equal(counted(daemon), 0);
  await daemon.read(lines.slice(0, 1), "live");
  assert.equal(counted(daemon), 1);
  const status: unknown = await daemon.answer.status({ jail: "shop" }, "operator");
  assert.match(JSON.stringify(status), /"unstamped":4,/);
});

test("a jail's zone is that of the whole log, also of a syslog daemon's lines", async () => {
  await using daemon = await openVirtualDaemon(
    configOf('filter = "sshd"\ntime_zone = "+09:00"\nmaxretry = 9'),
  );
  const wall = (minutes: number): string =>
    new Date(daemon.now() + (540 - minutes) * MINUTE).toISOString().slice(0, 19);
  const failed = (at: string): string =>
    `${at} web1 sshd[7]: Failed password for root from 192.0.2.7 port 40022 ssh2`;
  await daemon.read([failed(wall(5)), failed(wall(15))], "backlog");
  assert.equal(counted(daemon), 1);
});
