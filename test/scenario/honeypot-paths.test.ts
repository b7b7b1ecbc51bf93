/** Requests for paths that an administrator lists as honeypots, in the access log of a web server. */
import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const config = (detect: string): string => `[defaults]
enforcer = "memory"

[jails.access-log]
source = { file = ["/story"] }
detect = { honeypot_paths = ["/old-admin/", "/backup.zip"], ${detect} }
`;
const ACT = config('evidence = "act"');

/** Writes a line in the combined format. */
async function request(daemon: VirtualDaemon, ip: string, target: string): Promise<void> {
  const stamp = new Date(daemon.now())
    .toUTCString()
    .replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, "$1/$2/$3:$4 +0000");
  const line = `${ip} - - [${stamp}] "${target}" 404 153 "-" "curl/8"`;
  await daemon.read([line], "live");
}

function reasonOf(daemon: VirtualDaemon, ip: string): string | undefined {
  return daemon.bansOf(literalSubject(ip))[0]?.reason;
}

test("who requests a honeypot path, or anything below it, is banned at the first request", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  const targets = [
    "GET /old-admin HTTP/1.1",
    "HEAD /old-admin/ HTTP/2.0",
    "POST /old-admin/login.php?next=1 HTTP/1.1",
    "GET /backup.zip?x HTTP/1.1",
    "GET /backup.zip",
  ];
  for (const [i, target] of targets.entries()) {
    const ip = `192.0.2.${i + 1}`;
    await request(daemon, ip, target);
    assert.equal(reasonOf(daemon, ip), "evidence: 1 failure in 10m for a honeypot path", target);
  }
  const { bans } = await daemon.answer.why({ subject: "192.0.2.3" }, "operator");
  assert.match(bans[0]?.evidence[0]?.line ?? "", /old-admin\/login\.php/);
});

test("other paths, names in queries and headers of a request are no honeypot", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  for (const target of [
    "GET /old-administration HTTP/1.1",
    "GET /search?q=/old-admin/ HTTP/1.1",
    "GET /docs/old-admin/ HTTP/1.1",
    "GET /backup_zip HTTP/1.1",
    'GET / HTTP/1.1" 200 1 "GET /old-admin/ HTTP/1.1',
  ])
    await request(daemon, "192.0.2.7", target.replaceAll('"', '\\"'));
  assert.deepEqual(daemon.bansOf(literalSubject("192.0.2.7")), []);
});

test("a client cannot have another address banned by what it requests", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  const forged = '\\" - 198.51.100.9 - - [x] \\"GET /old-admin HTTP/1.1';
  await request(daemon, "192.0.2.7", `GET /${forged} HTTP/1.1`);
  await request(daemon, "203.0.113.1 198.51.100.9", "GET /old-admin HTTP/1.1");
  for (const ip of ["198.51.100.9", "203.0.113.1", "192.0.2.7"])
    assert.deepEqual(daemon.bansOf(literalSubject(ip)), [], ip);
});

test("exempt addresses and users are not banned, and report and off only say so, or nothing", async () => {
  await using daemon = await openVirtualDaemon(ACT);
  await daemon.allow(literalSubject("192.0.2.1"));
  daemon.logIn("alice", literalSubject("192.0.2.2"));
  for (const ip of ["192.0.2.1", "192.0.2.2"]) {
    await request(daemon, ip, "GET /old-admin HTTP/1.1");
    assert.deepEqual(daemon.bansOf(literalSubject(ip)), [], ip);
    assert.ok(daemon.takeEvent("ignored", literalSubject(ip)), ip);
  }
  await daemon.reload(config('evidence = "report"'));
  const third = literalSubject("192.0.2.3");
  await request(daemon, third, "GET /old-admin HTTP/1.1");
  assert.ok(daemon.takeEvent("offense-suspected", third));
  await daemon.reload(config('evidence = "off"'));
  const fourth = literalSubject("192.0.2.4");
  await request(daemon, fourth, "GET /old-admin HTTP/1.1");
  assert.deepEqual([daemon.bansOf(third), daemon.bansOf(fourth)], [[], []]);
  assert.equal(daemon.takeEvent("failure", fourth), false);
});
