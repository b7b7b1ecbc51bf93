/** Several jails of one filter share logins and lines, which count once; each jail counts its own failures. */
import assert from "node:assert/strict";
import test from "node:test";
import { openVirtualDaemon } from "./virtual-daemon.ts";

const WHO = "operator";
const jail = (name: string, files: readonly string[], more = ""): string =>
  `[jails.${name}]\nfilter = "sshd"\nsource = { file = ${JSON.stringify(files)} }\n${more}\n`;
const login = (port: number): string =>
  `Accepted password for alice from 192.0.2.7 port ${port} ssh2`;
const failed = "Failed password for root from 192.0.2.8 port 40022 ssh2";
const unknown = "Something nobody has seen before happened to 192.0.2.9";

test("one login counts once, for any number of jails of one filter", async () => {
  const config =
    '[defaults]\nenforcer = "memory"\nmaxretry = 2\nfindtime = "5m"\n' +
    jail("a", ["/story"]) +
    jail("b", ["/story"], 'mode = "aggressive"') +
    jail("c", ["/story", "/story"]);
  await using daemon = await openVirtualDaemon(config);
  await daemon.read([login(1), failed, unknown], "live");
  const { logins } = await daemon.answer.why({ subject: "192.0.2.7" }, WHO);
  assert.deepEqual(
    logins.map(({ count }) => count),
    [1],
    JSON.stringify(logins),
  );
  const { jails } = await daemon.answer.status({}, WHO);
  assert.deepEqual(
    jails.map(({ failures, tracked }) => [failures, tracked]),
    [1, 2, 3].map(() => [1, 1]),
  );
  await daemon.read([login(2)], "live");
  const again = await daemon.answer.why({ subject: "192.0.2.7" }, WHO);
  assert.match(JSON.stringify(again.logins), /"count":2/);
});

test("a login without a port in two logs is one login, known by its process; without a process it counts in each", async () => {
  const mail = (name: string, file: string): string =>
    `[jails.${name}]\nfilter = "dovecot"\nsource = { file = ["${file}"] }\n`;
  const config = `[defaults]\nenforcer = "memory"\n${mail("a", "/story")}${mail("b", "/other")}`;
  await using daemon = await openVirtualDaemon(config);
  const line = (pid: string, host = "web1"): string =>
    `${new Date(daemon.now()).toISOString()} ${host} dovecot${pid}: imap-login: Login: user=<alice>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS`;
  const count = async (): Promise<readonly number[]> =>
    (await daemon.answer.why({ subject: "192.0.2.7" }, WHO)).logins.map((one) => one.count);
  await daemon.read([line("[7]")], "live");
  await daemon.passTo(1500);
  await daemon.read([line("[7]", "web1.example.com")], "live", "/other");
  assert.deepEqual(await count(), [1]);
  await daemon.read([line("[8]")], "live");
  await daemon.read([line("[8]")], "live", "/other");
  assert.deepEqual(await count(), [2]);
  await daemon.passTo(60_000);
  await daemon.read([line("[8]")], "live");
  assert.deepEqual(await count(), [3], "a process serves another login later");
  await daemon.read([line("")], "live");
  await daemon.read([line("")], "live", "/other");
  assert.deepEqual(await count(), [5]);
});

test("the same line in two logs is one login, two connections are two", async () => {
  const config =
    '[defaults]\nenforcer = "memory"\n' + jail("a", ["/story"]) + jail("b", ["/other"]);
  await using daemon = await openVirtualDaemon(config);
  await daemon.read([login(1)], "live");
  await daemon.passTo(1500);
  await daemon.read([login(1)], "live", "/other");
  const times = async (): Promise<string> =>
    JSON.stringify((await daemon.answer.why({ subject: "192.0.2.7" }, WHO)).logins);
  assert.match(await times(), /"count":1/);
  await daemon.read([login(2)], "live");
  await daemon.read([login(2)], "live", "/other");
  assert.match(await times(), /"count":2/);
  await daemon.passTo(60_000);
  await daemon.read([login(2)], "live");
  assert.match(await times(), /"count":3/, "a port comes back");
});
