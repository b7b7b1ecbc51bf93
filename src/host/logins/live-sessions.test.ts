/** Reads who is logged in, from files as the C library and systemd write them, and from real loopback connections. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import type { Login } from "../../domain/login.ts";
import { createLiveSessions } from "./live-sessions.ts";
import { parseLogindSession } from "./logind-session.ts";
import { parseUtmp } from "./utmp.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-sessions-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

const ENDED = ((): number => {
  const child = spawn("/bin/true");
  assert.ok(child.pid !== undefined);
  return child.pid + 3_000_000;
})();

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

interface Entry {
  readonly type?: number;
  readonly pid?: number;
  readonly user?: string;
  readonly line?: string;
  readonly address: readonly number[];
}

/** struct utmp of glibc on x86-64 (bits/utmp.h). */
function record({
  type = 7,
  pid = process.pid,
  user = "alice",
  line = "pts/3",
  address,
}: Entry): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(pid, 4);
  bytes.write(line, 8);
  bytes.write("ts/3", 40);
  bytes.write(user, 44);
  bytes.write("client.example.org", 76);
  bytes.writeInt32LE(1_800_000_000, 340);
  Buffer.from(address).copy(bytes, 348);
  return bytes;
}

const V4 = [192, 0, 2, 7];
const V6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17];
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 9];

test("utmp: an IPv6 address with trailing zeros is not taken for IPv4", () => {
  const bytes = record({ address: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1] });
  assert.deepEqual(
    parseUtmp(bytes, "x64").map(({ ip }) => ip),
    ["2001:db8:0:1::"],
  );
});

test("utmp: sessions of remote users, as who(1) reads them", () => {
  const bytes = Buffer.concat([
    record({ type: 2, user: "reboot", line: "~", address: V4 }),
    record({ address: V4 }),
    record({ user: "bob", line: "pts/4", address: V6 }),
    record({ user: "carol", address: MAPPED }),
    record({ user: "local", line: "tty1", address: [] }),
    record({ type: 8, user: "gone", address: V4 }),
    Buffer.alloc(100),
  ]);
  const found = parseUtmp(bytes, "x64");
  assert.deepEqual(
    found.map(({ account, ip, terminal }) => [account, ip, terminal]),
    [
      ["alice", "192.0.2.7", "pts/3"],
      ["bob", "2001:db8::17", "pts/4"],
      ["carol", "192.0.2.9", "pts/3"],
    ],
  );
  assert.deepEqual([found[0]?.since, found[0]?.pid], [1_800_000_000_000, process.pid]);
  if (process.arch !== "x64") return;
  const path = join(folder, "who");
  writeFileSync(path, bytes);
  const who = execFileSync("/usr/bin/who", ["--ips", path], { encoding: "utf8" });
  assert.match(who, /alice +pts\/3 .* 192\.0\.2\.7\n.*bob +pts\/4 .* 2001:db8::17/);
});

test("utmp: 64-bit times on architectures without 32-bit programs", () => {
  const bytes = Buffer.alloc(400);
  bytes.writeInt16LE(7, 0);
  bytes.write("alice", 44);
  bytes.writeBigInt64LE(1_800_000_000n, 344);
  Buffer.from(V4).copy(bytes, 360);
  const [found] = parseUtmp(bytes, "arm64");
  assert.deepEqual([found?.ip, found?.since], ["192.0.2.7", 1_800_000_000_000]);
});

const SESSION = `# This is private data. Do not parse.
UID=1000
USER=alice
ACTIVE=1
STATE=active
REMOTE=1
TTY=pts/0
REMOTE_HOST=192.0.2.7
SERVICE=sshd
LEADER=${process.pid}
REALTIME=1800000000000000
`;

test("logind: a remote session", () => {
  assert.deepEqual(parseLogindSession(SESSION), {
    account: "alice",
    ip: "192.0.2.7",
    since: instant(1_800_000_000_000),
    by: "sshd, pts/0",
    leader: process.pid,
  });
  assert.equal(parseLogindSession(SESSION.replace("=active", "=closing")), undefined);
  assert.equal(parseLogindSession(SESSION.replace("192.0.2.7", "a.example.org")), undefined);
  assert.equal(parseLogindSession(SESSION.replace(/REMOTE_HOST.*\n/, "")), undefined);
  assert.equal(parseLogindSession(""), undefined);
});

test("live sessions: both files merged, without sessions of ended processes, and cached for a while", () => {
  const utmp = join(folder, "utmp");
  const logind = join(folder, "sessions");
  mkdirSync(logind);
  // systemd keeps a FIFO beside each session: opening it would block forever.
  execFileSync("/usr/bin/mkfifo", [join(logind, "1.ref")]);
  writeFileSync(join(logind, "1"), SESSION);
  writeFileSync(
    utmp,
    Buffer.concat([
      record({ address: V4 }),
      record({ user: "bob", address: V6 }),
      record({ user: "old", pid: ENDED, address: V6 }),
    ]),
  );
  let now = 0;
  const sessions = createLiveSessions({ monotonic: () => now, utmp, logind });
  const at = (text: string): readonly string[] =>
    sessions.from(subject(text), []).map(({ account, by }) => `${account} ${by}`);
  assert.deepEqual(at("192.0.2.7"), ["alice sshd, pts/0"]);
  assert.deepEqual(at("192.0.2.0/24"), ["alice sshd, pts/0"]);
  assert.deepEqual(at("2001:db8::/64"), ["bob pts/3"]);
  assert.deepEqual(at("2001:db8::/32"), ["bob pts/3"]);
  assert.deepEqual(at("192.0.2.8"), []);
  rmSync(utmp);
  rmSync(logind, { recursive: true });
  now += 1000;
  assert.deepEqual(at("192.0.2.7"), ["alice sshd, pts/0"]);
  now += 1000;
  assert.deepEqual(at("192.0.2.7"), []);
});

for (const [name, host, text] of [
  ["IPv4", "127.0.0.1", "127.0.0.1"],
  ["IPv6", "::1", "::1"],
  ["IPv4 to a socket of IPv6", "::", "127.0.0.1"],
] as const) {
  test(`live sessions: the connection of a login, ${name}`, async () => {
    const server = createServer();
    server.listen(0, host);
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const client = connect(address.port, text);
    await new Promise((resolve) => client.once("connect", resolve));
    const port = client.localPort ?? 0;
    const ip = parseIp(text);
    assert.ok(ip !== undefined);
    const times = { firstAt: instant(1), lastAt: instant(2), keyAt: undefined, count: 1 };
    const login: Login = {
      subject: subject(text),
      account: "alice",
      filter: "sshd",
      ip,
      ports: [1, port],
      ...times,
    };
    const where = { utmp: join(folder, "none"), logind: join(folder, "none") };
    const fresh = () => createLiveSessions({ monotonic: () => 0, ...where });
    assert.deepEqual(fresh().from(subject(text), [login]), [
      { kind: "connection", account: "alice", from: ip, since: 2, by: `sshd, port ${port}` },
    ]);
    // A guesser's connection from the same address has another port.
    assert.deepEqual(fresh().from(subject(text), [{ ...login, ports: [port ^ 1] }]), []);
    assert.deepEqual(fresh().from(subject(text), []), []);
    assert.equal(fresh().isEstablished({ ip, port }), true);
    const closed = new Promise((resolve) => client.once("close", resolve));
    client.destroy();
    server.close();
    await closed;
    assert.equal(fresh().isEstablished({ ip, port }), false);
  });
}
