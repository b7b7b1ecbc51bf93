/** Finds services by real files and by the process of this test. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { createServer } from "node:net";
import { type FilterHead, localPrograms } from "../domain/filter-definition.ts";
import { findServices } from "./found-services.ts";
import { readShippedHeads } from "./shipped-filters.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-services-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

const HEAD: FilterHead = {
  ...{ name: "door", description: "", path: "", programs: ["no-such-program"] },
  ...{ journal: [], files: [], ports: [] },
};

function at(name: string, text = ""): string {
  const path = join(FOLDER, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("a service is found by its own log, also by a pattern", async () => {
  const files = [at("door/a-error.log"), at("door/b-error.log")];
  const head = { ...HEAD, files: [join(FOLDER, "door/*-error.log"), join(FOLDER, "other.log")] };
  assert.deepEqual(await findServices([head]), [{ head, logs: files, running: [] }]);
  assert.deepEqual(await findServices([{ ...head, files: [join(FOLDER, "other.log")] }]), []);
});

test("a log of many programs shows only those that wrote to it lately", async () => {
  const old = "Nov 23 04:11:05 web1 smtpd[1]: hello\n";
  const lines = [
    "Nov 23 04:11:05 web1 ftpd[12]: from 192.0.2.7: door: x",
    "2026-11-23T04:11:05.1+00:00 web1 postfix/smtpd[12]: connect",
    "Nov 23 04:11:05 web1 gate: opened",
  ];
  const log = at("auth.log", `${old}${"x\n".repeat(40_000)}${lines.join("\n")}\n`);
  const found = async (...programs: readonly string[]): Promise<readonly string[]> =>
    (await findServices([{ ...HEAD, programs, files: [log] }])).flatMap(({ logs }) => logs);
  for (const program of ["ftpd", "postfix/smtpd", "gate"])
    assert.deepEqual(await found(program), [log], program);
  assert.deepEqual(await found("postfix", "postfix/*"), [log], "a glob");
  for (const program of ["door", "web1", "postfix", "smtpd"])
    assert.deepEqual(await found(program), [], program);
});

test("a service is found by its running program", async () => {
  const program = basename(process.execPath);
  const head = { ...HEAD, programs: ["no-such-program", program] };
  assert.deepEqual(await findServices([HEAD, head]), [{ head, logs: [], running: [program] }]);
});

test("lines of cron, su or sudo show no service", async () => {
  const lines = ["CRON[7]: pam_unix(cron:session): x", "su: x", "sudo: alice : x"];
  const log = at("local/auth.log", lines.map((line) => `Nov 23 04:11:05 web1 ${line}\n`).join(""));
  const head = { ...HEAD, programs: ["saslauthd", "CRON", "su", "sudo"], files: [log] };
  assert.deepEqual(await findServices([head]), []);
  writeFileSync(log, "Nov 23 04:11:05 web1 saslauthd[7]: x\n");
  assert.deepEqual(await findServices([head]), [{ head, logs: [log], running: [] }]);
});

test("what several services share shows only the one that does not mark it as shared", async () => {
  const program = basename(process.execPath);
  const log = at("both/error.log");
  const own = { ...HEAD, programs: [program], files: [log] };
  const guest = { ...own, name: "guest", shared: [program, log] };
  assert.deepEqual(await findServices([own, guest]), [
    { head: own, logs: [log], running: [program] },
  ]);
  const both = at("both/auth.log", `Nov 23 04:11:05 web1 ${program}: x\n`);
  assert.deepEqual(await findServices([{ ...guest, files: [both] }]), []);
  const found = await findServices([
    { ...guest, programs: [program, "gate"], files: [at("gate.log")] },
  ]);
  assert.equal(found.length, 1, "its own log shows it");
});

test("no program of this host shows an appliance, but its log does", async () => {
  const head = { ...HEAD, programs: [basename(process.execPath)], remote: true };
  assert.deepEqual(await findServices([head]), []);
  assert.deepEqual(localPrograms(head), []);
  const files = [at("appliance.log")];
  assert.deepEqual(await findServices([{ ...head, files }]), [
    { head: { ...head, files }, logs: files, running: [] },
  ]);
});

test("a program that is a client too shows the service only while it listens", async () => {
  const program = "door-and-client";
  const { title } = process;
  // Also sets the kernel's name of the process.
  process.title = program;
  const head = { ...HEAD, programs: [program], clients: [program] };
  assert.deepEqual(await findServices([head]), []);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    assert.deepEqual(await findServices([head]), [{ head, logs: [], running: [program] }]);
  } finally {
    process.title = title;
    server.close();
  }
});

/** Finds the named shipped services by one log only. */
async function foundIn(log: string, ...names: readonly string[]): Promise<readonly string[]> {
  const heads = (await readShippedHeads()).filter(({ name }) => names.includes(name));
  const found = await findServices(heads.map((head) => ({ ...head, files: [log] })));
  return found.filter(({ logs }) => logs.length > 0).map(({ head }) => head.name);
}

const IMAP_SERVERS = ["cyrus-imap", "courier", "uwimap"];
const IMAP_LINES = {
  uwimap: "Login failed user=alice auth=alice host=dsl-7.example.net [192.0.2.7]",
  courier: "LOGIN FAILED, user=alice, ip=[::ffff:192.0.2.7]",
  "cyrus-imap":
    "badlogin: dsl-7.example.net [192.0.2.7] plaintext alice SASL(-13): authentication failure: checkpass failed",
};

for (const [name, line] of Object.entries(IMAP_LINES))
  test(`a line of imapd about a login shows ${name}, and no other server of that name`, async () => {
    const log = at(`imap-${name}/mail.log`, `Nov 23 04:11:05 mx1 imapd[7]: ${line}\n`);
    assert.deepEqual(await foundIn(log, ...IMAP_SERVERS), [name]);
  });

test("lines of clients and of a console show no server", async () => {
  const lines = [
    "login[7]: pam_unix(login:session): session opened for user root(uid=0) by root(uid=0)",
    "login[7]: FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure",
    "login[7]: ROOT LOGIN ON tty1",
    "rsync[8]: sent 100 bytes  received 200 bytes  total size 300",
    "openvpn[9]: Initialization Sequence Completed",
    "mysql[10]: ERROR 1045 (28000): Access denied for user 'alice'@'localhost'",
    "pppd[11]: CHAP authentication succeeded",
    "postfix/smtpd[12]: connect from unknown[192.0.2.7]",
    "postfix/sendmail[13]: fatal: usage",
  ];
  const text = lines.map((line) => `Nov 23 04:11:05 web1 ${line}\n`).join("");
  const log = at("clients/syslog", text);
  const names = ["login", "rsyncd", "openvpn", "mysql", "pam", "opensmtpd", "sendmail"];
  assert.deepEqual(await foundIn(log, ...names), []);
  const remote = "login[7]: FAILED LOGIN 1 FROM 192.0.2.7 FOR alice, Authentication failure";
  writeFileSync(log, `${text}Nov 23 04:11:05 web1 ${remote}\n`);
  assert.deepEqual(await foundIn(log, ...names), ["login"]);
});

test("lines of a Cisco ASA show no IOS, and the other way round", async () => {
  const asa =
    '%ASA-6-605004: Login denied from 192.0.2.7/40122 to outside:198.51.100.5/ssh for user "admin"';
  const ios =
    "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: admin] [Source: 192.0.2.7] [localport: 22] [Reason: Login Authentication Failed] at 04:11:04 UTC Mon Nov 23 2026";
  const heads = (await readShippedHeads()).filter(({ name }) => name.startsWith("cisco-"));
  const found = async (name: string, line: string): Promise<readonly string[]> => {
    const log = at(`cisco/${name}.log`, `Nov 23 2026 04:11:05 fw1 : ${line}\n`);
    const here = heads.map((head) => ({ ...head, files: [log], shared: [log] }));
    return (await findServices(here)).map(({ head }) => head.name);
  };
  assert.deepEqual(await found("asa", asa), ["cisco-asa"]);
  assert.deepEqual(await found("ios", ios), ["cisco-ios"]);
});
