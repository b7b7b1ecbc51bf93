/**
 * `bailiff verify` with real servers of other protocols, each with a small filter: a web server with Basic
 * authentication, an FTP server, a mail server that accepts passwords only over STARTTLS; and a service without a login
 * protocol, by a marked line.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { VerifyReply } from "../../src/control/proof-messages.ts";
import { openStage, type Stage } from "./stage.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
});

after(() => stage[Symbol.asyncDispose]());

function file(name: string, text: string): string {
  const path = join(stage.lab.folder, name);
  writeFileSync(path, text);
  return path;
}

interface Jail {
  readonly name: string;
  readonly log: string;
  readonly filter: string;
  readonly more?: string;
}

/** Restarts the daemon with only this jail. */
async function watch(
  { name, log, filter, more = "" }: Jail,
  through: readonly string[] = [],
): Promise<void> {
  const filters = join(stage.lab.folder, "filters");
  mkdirSync(filters, { recursive: true });
  file(`filters/${name}.toml`, `name = "${name}"\n${filter}`);
  stage.configure(
    `[filters]\ndirectories = [${JSON.stringify(filters)}]\n\n` +
      `[jails.${name}]\nmaxretry = 2\nignoreip = []\nsource = { file = [${JSON.stringify(log)}] }\n${more}`,
  );
  await stage.start({ through });
}

/** Runs one self-test, and asserts that it leaves no ban and no failure. */
async function verify(jail: string): Promise<VerifyReply> {
  const reply = await stage.ask("verify", { jail });
  assert.deepEqual(await stage.bans(), []);
  const status = await stage.ask("status", {});
  assert.equal(status.jails[0]?.failures, 0, JSON.stringify(reply, null, 1));
  return reply;
}

function stepOf(reply: VerifyReply, name: string): VerifyReply["steps"][number] {
  const step = reply.steps.find((one) => one.step === name);
  assert.ok(step !== undefined);
  return step;
}

function assertProven(reply: VerifyReply): void {
  const shown = JSON.stringify(reply, null, 1);
  assert.equal(reply.outcome, "proven", shown);
}

async function untilListening(port: number): Promise<void> {
  const waiting = `until ss -Hltn "sport = :${port}" | grep -q .; do sleep 0.05; done`;
  const end = await stage.lab.run("host", ["/bin/sh", "-c", waiting]);
  assert.ok(end.ok, `port ${port}: ${end.error}`);
}

test("a web server with Basic authentication: nginx", async () => {
  const { folder } = stage.lab;
  const log = join(folder, "nginx.log");
  const users = file("htpasswd", "alice:{PLAIN}secret\n");
  const config = file(
    "nginx.conf",
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${log} info;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${folder}/tmp-${what};`).join(" ")}
  server {
    listen 80;
    location / { return 200; }
    location /private/ { auth_basic "x"; auth_basic_user_file ${users}; }
  }
}
`,
  );
  const nginx = stage.lab.start("host", ["/usr/sbin/nginx", "-c", config, "-e", log]);
  await untilListening(80);
  const filter = `canary = "http"
ports = ["http"]
[[rule]]
id = "no-user"
is = "failure"
line = '[error] {a:int}#{b:int}: *{c:int} user "{user:name}" {was not found in {file:quoted}|: password mismatch}, client: {ip}, server: {*}'
[[rule]]
id = "no-credentials"
is = "neutral"
line = "[{level}] {*}"
`;
  await watch({ name: "web", log, filter, more: 'canary_path = "/private/"\n' });
  const reply = await verify("web");
  assertProven(reply);
  assert.match(
    stepOf(reply, "attempt").evidence,
    /nginx at 127\.0\.0\.1 port 80 refused .* answers 401/,
  );
  await stage.stop();

  await watch({ name: "web", log, filter });
  const open = await verify("web");
  assert.equal(open.outcome, "partly", "a path that asks nobody for a password");
  assert.match(
    stepOf(open, "attempt").evidence,
    /GET \/ answers 200 without asking for a password/,
  );
  await stage.stop();
  nginx.kill("SIGTERM");
  await nginx.ended;
});

test("an FTP server: vsftpd", async () => {
  const { folder } = stage.lab;
  const log = join(folder, "vsftpd.log");
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const config = file(
    "vsftpd.conf",
    `listen=YES
background=NO
anonymous_enable=NO
local_enable=YES
secure_chroot_dir=${empty}
pam_service_name=vsftpd
xferlog_enable=YES
vsftpd_log_file=${log}
seccomp_sandbox=NO
`,
  );
  const vsftpd = stage.lab.start("host", ["/usr/sbin/vsftpd", config]);
  await untilListening(21);
  writeFileSync(log, "", { flag: "a" });
  await watch({
    name: "ftp",
    log,
    filter: `canary = "ftp"
ports = ["ftp"]
[[rule]]
id = "fail-login"
is = "failure"
line = '[pid {pid}] [{user:name}] FAIL LOGIN: Client "{ip}"'
`,
  });
  const reply = await verify("ftp");
  assertProven(reply);
  assert.match(stepOf(reply, "attempt").evidence, /vsftpd at 127\.0\.0\.1 port 21 refused .* 530 /);
  await stage.stop();
  vsftpd.kill("SIGTERM");
  await vsftpd.ended;
});

test("a mail server that accepts passwords only over STARTTLS: dovecot", async () => {
  const { folder } = stage.lab;
  const log = join(folder, "dovecot.log");
  const [key, certificate] = [join(folder, "tls.key"), join(folder, "tls.crt")];
  const made = await stage.lab.run("host", [
    ..."/usr/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(
      " ",
    ),
    ...["-subj", "/CN=lab", "-keyout", key, "-out", certificate],
  ]);
  assert.ok(made.ok, made.error);
  const config = file(
    "dovecot.conf",
    `protocols = imap
listen = *, ::
base_dir = ${folder}/dovecot
log_path = ${log}
ssl = yes
ssl_cert = <${certificate}
ssl_key = <${key}
disable_plaintext_auth = yes
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}
mail_location = maildir:/nonexistent
`,
  );
  const dovecot = stage.lab.start("host", ["/usr/sbin/dovecot", "-F", "-c", config]);
  await untilListening(143);
  await watch({
    name: "imap",
    log,
    filter: `programs = ["imap-login"]
canary = "imap"
ports = ["imap"]
[[rule]]
id = "auth-failed"
is = "failure"
line = "Info: {*}(auth failed, {count:int} attempts in {seconds:int} secs): user=<{user:name}>, {?method={method}, }rip={ip}, lip={server:host}{*}"
`,
  });
  const reply = await verify("imap");
  assertProven(reply);
  assert.match(stepOf(reply, "attempt").evidence, /dovecot at 127\.0\.0\.1 port 143 refused/);
  await stage.stop();
  dovecot.kill("SIGTERM");
  await dovecot.ended;
});

/** $1: the lab's folder. Gives the daemon the lab's /dev/log, and no ssh client. */
const OWN_DEV = `set -e
mkdir -p "$1/dev"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for name in null zero full random urandom tty; do
  : > "$1/dev/$name"
  mount --bind "/dev/$name" "$1/dev/$name"
done
ln -s "$1/dev-log" "$1/dev/log"
mount --rbind "$1/dev" /dev
mount --bind /dev/null /usr/bin/ssh
shift
exec "$@"`;

const GATE = `programs = ["gate"]
[[rule]]
id = "shut"
is = "failure"
line = "{user:name} at {ip} may not pass"
[[sample]]
line = "gate[7]: bob at 192.0.2.9 may not pass"
expect = { rule = "shut", ip = "192.0.2.9", user = "bob" }
`;

test("a service without a login protocol: a marked line through the syslog daemon", async () => {
  const { folder } = stage.lab;
  const log = join(folder, "syslog.log");
  const through = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", OWN_DEV, "sh", folder];
  const syslog = stage.lab.start("host", [
    process.execPath,
    join(import.meta.dirname, "../../src/demo/write-syslog.ts"),
    ...[join(folder, "dev-log"), log],
  ]);
  assert.ok((await syslog.until("ready")) !== undefined, syslog.lines.join("\n"));
  writeFileSync(log, "");
  await watch({ name: "gate", log, filter: GATE }, through);
  const reply = await verify("gate");
  assertProven(reply);
  const sent = stepOf(reply, "attempt").evidence;
  assert.match(
    sent,
    /sent to \/dev\/log as gate: bailiff-canary-\w+ at 198\.51\.100\.\d+ may not pass/,
  );
  await stage.stop();

  // The shipped sshd filter on a host without an ssh client.
  stage.configure(`[jails.sshd]\nsource = { file = [${JSON.stringify(log)}] }\n`);
  await stage.start({ through });
  const ssh = await verify("sshd");
  assert.equal(ssh.outcome, "partly", JSON.stringify(ssh, null, 1));
  assert.match(stepOf(ssh, "attempt").evidence, /package openssh-client.*instead a marked line/);
  for (const step of ["arrive", "match", "count", "drop"])
    assert.equal(stepOf(ssh, step).outcome, "proven", JSON.stringify(ssh, null, 1));

  syslog.kill("SIGKILL");
  await syslog.ended;
  const silent = await verify("sshd");
  assert.equal(silent.outcome, "failed");
  assert.equal(stepOf(silent, "attempt").outcome, "failed");
  assert.match(stepOf(silent, "attempt").evidence, /no process receives from \/dev\/log/);
  await stage.stop();
});

test("a journal with trusted senders accepts no marked line: reported, and the other steps are tested", async () => {
  stage.configure(
    `[jails.other]\nfilter = "gate"\nsource = { journal = ["_SYSTEMD_UNIT=gate.service"] }\n\n` +
      `[filters]\ndirectories = [${JSON.stringify(join(stage.lab.folder, "filters"))}]\n`,
  );
  await stage.start();
  const reply = await verify("other");
  assert.equal(reply.outcome, "partly", JSON.stringify(reply, null, 1));
  assert.match(stepOf(reply, "attempt").evidence, /cannot be tested here: the journal itself says/);
  for (const step of ["arrive", "match", "count"])
    assert.equal(stepOf(reply, step).outcome, "impossible");
  assert.equal(stepOf(reply, "drop").outcome, "proven");
  await stage.stop();
});
