import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { hashPassword } from "./login/password.ts";
import { parseListen, parseWebSettings } from "./web-settings.ts";

async function problemsOf(content: string): Promise<readonly string[]> {
  const parsed = await parseWebSettings("web.toml", content);
  return parsed.ok ? [] : parsed.error.map(formatProblem);
}

test("without a file it listens on this host alone, and only links log in", async () => {
  const parsed = await parseWebSettings("web.toml", "");
  assert.deepEqual(parsed.ok && parsed.value, {
    listen: { kind: "tcp", host: "127.0.0.1", port: 8470 },
    hosts: [],
    tls: undefined,
    userHeader: undefined,
    users: new Map(),
    metricsTokenFile: undefined,
  });
});

test("users have a role and perhaps a password; without a role they only read", async () => {
  const hash = await hashPassword("secret");
  const parsed = await parseWebSettings(
    "web.toml",
    `[users.alice]\nrole = "operator"\npassword = "${hash}"\n[users."bob@example.com"]\n`,
  );
  assert.deepEqual(parsed.ok && [...parsed.value.users], [
    ["alice", { role: "operator", password: hash }],
    ["bob@example.com", { role: "read-only", password: undefined }],
  ]);
});

test("places are addresses with a port, or paths", () => {
  assert.deepEqual(parseListen("[::1]:80"), { kind: "tcp", host: "::1", port: 80 });
  assert.deepEqual(parseListen("/run/web.sock"), { kind: "unix", path: "/run/web.sock" });
  for (const place of [
    "127.0.0.1",
    "localhost:80",
    "::1:80",
    "127.0.0.1:65536",
    "run/web.sock",
    "",
  ])
    assert.equal(parseListen(place), undefined, place);
});

test("addresses in hosts are compared as browsers write them", async () => {
  const parsed = await parseWebSettings("web.toml", 'hosts = ["2001:DB8::1", "192.0.2.1"]');
  assert.deepEqual(parsed.ok && parsed.value.hosts, ["[2001:db8::1]", "192.0.2.1"]);
});

test("each mistake is reported with its place and what is expected", async () => {
  assert.deepEqual(
    await problemsOf('port = 1\n[users.alice]\nrole = "admin"\npassword = "secret"'),
    [
      "web.toml:1:8: port: found an unknown key, expected one of listen, hosts, certificate, key, user_header, metrics_token_file, users",
      'web.toml:3:8: users.alice.role: found "admin", expected "read-only" or "operator"',
      'web.toml:4:12: users.alice.password: found "secret", expected the line that bailiff web password prints',
    ],
  );
  assert.match((await problemsOf("listen = 8470")).join(), /web.toml:1:10: listen: found 8470/);
  assert.match((await problemsOf("listen = ")).join(), /web.toml:1/);
});

test("what would let others in is refused", async () => {
  assert.match((await problemsOf('listen = "0.0.0.0:8470"')).join(), /without encryption/);
  const tls = 'certificate = "/a"\nkey = "/b"\n';
  assert.match((await problemsOf(`listen = "0.0.0.0:8470"\n${tls}`)).join(), /without hosts/);
  assert.match((await problemsOf(`listen = "[::]:8470"\n${tls}`)).join(), /without hosts/);
  const named = 'hosts = ["bailiff.example.com", "2001:DB8::1"]\n';
  assert.deepEqual(await problemsOf(`listen = "0.0.0.0:8470"\n${named}${tls}`), []);
  assert.match((await problemsOf('hosts = ["Bailiff"]')).join(), /in lower case/);
  assert.match((await problemsOf('certificate = "/a"')).join(), /certificate without key/);
  assert.match((await problemsOf('user_header = "X-User"')).join(), /every local user/);
  assert.deepEqual(await problemsOf('user_header = "X-User"\nlisten = "/run/web.sock"'), []);
});
