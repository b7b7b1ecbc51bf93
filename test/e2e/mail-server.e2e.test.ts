/** A real mail server, Debian's Exim, gets notices by STARTTLS and a login, after an outage, and with hostile text. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resolveChannels } from "../../src/config/resolve-channels.ts";
import { duration } from "../../src/domain/duration.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { Channel } from "../../src/notify/channel.ts";
import type { TelemetryEvent } from "../../src/telemetry/events.ts";
import { baseFiles, packageFiles } from "./debian-files.ts";
import { noticeOf } from "../../src/notify/notice.fixture.ts";

const LIMIT_MS = 60_000;
const PASSWORD = "c0rrect h0rse";

/** $1: the folder for mounts, $2: folders for overlayfs, $3: the folder of this test. */
const RUN = `mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" root
cd root
mount --bind "$3" mnt
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero random urandom; do : >"dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
cp mnt/exim4.conf mnt/mail.pem mnt/mail.key etc/exim4/
: >etc/resolv.conf
exec chroot . /bin/sh -c 'useradd --system Debian-exim
chgrp Debian-exim /etc/exim4/mail.key
chmod 640 /etc/exim4/mail.key
install -d -o Debian-exim /var/log/exim4 /var/spool/exim4 /mnt/box
# Not exec: a program with setuid would outlive the one that started it.
exim4 -bdf
exit $?'`;

function configuration(port: number): string {
  return `primary_hostname = mail.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
host_lookup =
log_file_path = /mnt/box/%slog
keep_environment =
tls_advertise_hosts = *
tls_certificate = /etc/exim4/mail.pem
tls_privatekey = /etc/exim4/mail.key
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  deny message = log in first
       !authenticated = *
  defer message = come back later
        local_parts = later
  deny message = no such user
       !local_parts = admin
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = /mnt/box/admin
  user = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{bailiff}}{eq{$auth3}{${PASSWORD}}}}}
  server_set_id = $auth2
`;
}

const folder = mkdtempSync(join(tmpdir(), `bailiff-mail-${process.pid}-`));
const pathOf = (name: string): string => join(folder, name);
const stop = new AbortController();
const changed = new EventTarget();
const events: TelemetryEvent[] = [];
const channels: Channel[] = [];
let port = 0;

before(async () => {
  chmodSync(folder, 0o755);
  mkdirSync(pathOf("mounts"));
  mkdirSync(pathOf("box"));
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const files = ["-keyout", pathOf("mail.key"), "-out", pathOf("mail.pem")];
  const make = ["req", "-x509", ...curve, "-nodes", "-days", "1", ...name, ...files];
  execFileSync("openssl", make, { stdio: "ignore" });
  writeFileSync(pathOf("password"), `${PASSWORD}\n`, { mode: 0o600 });
  writeFileSync(pathOf("wrong"), "wrong password\n", { mode: 0o600 });
  const free = createServer();
  await once(free.listen(0, "127.0.0.1"), "listening");
  const address = free.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
  free.close();
  writeFileSync(pathOf("exim4.conf"), configuration(port));
});

after(async () => {
  await Promise.all(channels.map((channel) => channel.close()));
  stop.abort();
  rmSync(folder, { recursive: true });
});

/** The server and its processes end with the test. */
function startServer(): void {
  const lower = `${packageFiles(["exim4-daemon-light", "curl"])}:${baseFiles()}`;
  const alone = ["--mount", "--pid", "--fork", "--kill-child"];
  const args = [...alone, "/bin/sh", "-ec", RUN, "sh", pathOf("mounts"), lower, folder];
  const server = spawn("unshare", args, {
    stdio: ["ignore", "inherit", "inherit"],
    signal: stop.signal,
    killSignal: "SIGKILL",
  });
  server.on("error", (error) => assert.equal(error.name, "AbortError"));
}

function openChannel(more: Readonly<Record<string, unknown>> = {}): Channel {
  const values = new Map<string, unknown>(
    Object.entries({
      ...{ kind: "smtp", host: "127.0.0.1", port, user: "bailiff" },
      ...{ password_file: pathOf("password"), ca_file: pathOf("mail.pem") },
      ...{ from: "bailiff@example.org", to: ["admin@example.org", "gone@example.org"] },
      ...{ min_interval: duration(1000), ...more },
    }),
  );
  const [config] = resolveChannels({
    names: ["ops"],
    at: () => (key) => values.get(key),
    portNames: new Map(),
  });
  const channel = new Channel({
    ...{ config: config ?? assert.fail(), host: "web1", clock: systemClock },
    emit(event) {
      events.push(event);
      changed.dispatchEvent(new Event("event"));
    },
    store: { load: () => undefined, save: () => undefined },
    ...{ retry: { first: duration(50), longest: duration(500) }, gather: duration(1) },
  });
  channels.push(channel);
  return channel;
}

async function untilFailed(reason: RegExp): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const isSuch = (event: TelemetryEvent): boolean =>
    event.event === "notice-failed" && reason.test(event.reason);
  while (!events.some(isSuch)) await once(changed, "event", { signal });
}

/** Returns the mails, when there are so many, as the server wrote them. */
async function untilMails(count: number): Promise<readonly string[]> {
  const file = pathOf("box/admin");
  const read = (): readonly string[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split(/^From (?=\S+@)/m)
          .slice(1)
      : [];
  const isThere = (mails: readonly string[]): boolean =>
    mails.length >= count && (mails.at(-1) ?? "").endsWith("\n\n");
  const signal = AbortSignal.timeout(LIMIT_MS);
  using watcher = watchFolder(pathOf("box"));
  for (let mails = read(); ; mails = read()) {
    if (isThere(mails)) return mails;
    await once(watcher, "change", { signal });
  }
}

/** Watches from now on, so that no change between two looks is missed. */
function watchFolder(path: string): FSWatcher & Disposable {
  const watcher = watch(path);
  return Object.assign(watcher, { [Symbol.dispose]: () => watcher.close() });
}

test("a notice arrives after an outage, encrypted and with a login; who is refused is named", async () => {
  const channel = openChannel();
  channel.notify(noticeOf("none for 47m"));
  await untilFailed(/^connection refused$/);
  startServer();
  const [mail = ""] = await untilMails(1);
  assert.match(mail, /^Received: from [^]+? with esmtpsa\s+\(TLS1\.3\)/m);
  assert.match(mail, /^Subject: bailiff on web1: sshd is blind: none for 47m$/m);
  assert.match(mail, /^Message-ID: <[0-9a-f]{32}@web1>$/m);
  assert.match(mail, /^Auto-Submitted: auto-generated$/m);
  assert.match(mail, /^sshd is blind: none for 47m \(to do: look\)$/m);
  await untilFailed(/^recipients were refused: gone@example\.org: 550 no such user$/);
  channel.notify(noticeOf("hostile\r\nBcc: gone@example.org\r\n\r\n.\r\nQUIT ü"));
  const [, second = ""] = await untilMails(2);
  const end = second.indexOf("\n\n");
  assert.doesNotMatch(second.slice(0, end), /^(?:Bcc|QUIT|\.)/m);
  assert.match(second.slice(0, end), /^Subject: =\?UTF-8\?B\?/m);
  assert.match(second.slice(end), /^QUIT =C3=BC/m);
  const refusals = events.filter((one) => one.event === "notice-failed" && /550/.test(one.reason));
  assert.equal(refusals.length, 1, "a refused recipient is reported once");
});

test("what the server defers is tried again, and what it refuses permanently is not", async () => {
  const [later, gone, wrong, unknown] = await Promise.all(
    [
      { to: ["later@example.org"] },
      { to: ["gone@example.org"] },
      { password_file: pathOf("wrong") },
      { ca_file: undefined },
    ].map((keys) => openChannel(keys).test(noticeOf("a test"))),
  );
  assert.ok(later?.kind === "failed" && later.retryable, JSON.stringify(later));
  assert.equal(later.reason, "it answered to RCPT TO: 451 come back later");
  assert.ok(gone?.kind === "failed" && !gone.retryable, JSON.stringify(gone));
  assert.ok(wrong?.kind === "failed" && !wrong.retryable, JSON.stringify(wrong));
  assert.match(wrong.reason, /^it answered to AUTH PLAIN: 535/);
  assert.ok(unknown?.kind === "failed" && unknown.retryable, JSON.stringify(unknown));
  assert.match(unknown.reason, /self-signed certificate \(ca_file can trust its issuer\)$/);
});
