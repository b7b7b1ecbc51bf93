/**
 * A jail that reads the wrong log is reported. Each fault is produced on a separate machine with systemd, journald and
 * Debian's rsyslog, with the real daemon. Each test prints the time until detection.
 */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { connectControl } from "../../src/control/client.ts";
import { readText } from "../../src/host/read-or-empty.ts";
import { bootSystemd, type Machine } from "./boot-systemd.ts";

let machine: Machine;

/** A copy of logger named sshd, in a unit with Debian's name, logs lines that it reads from a pipe. */
const SPEAKER = `
cp /usr/bin/logger /usr/local/sbin/sshd
mkfifo /run/say
cat > /etc/systemd/system/ssh.service <<'END'
[Service]
ExecStart=/bin/sh -c 'exec /usr/local/sbin/sshd --tag sshd --id --priority auth.info 0<>/run/say'
END
systemctl daemon-reload
systemctl start ssh
`;

before(async () => {
  machine = await bootSystemd();
  shell(SPEAKER);
});

after(() => machine[Symbol.asyncDispose]());

function shell(script: string): string {
  const { code, output } = machine.run("sh", "-ec", script);
  assert.equal(code, 0, `${script}: ${output}`);
  return output;
}

/** Logs wrong passwords as sshd does. */
function fail(ip: string, count = 1): void {
  const line = `Failed password for root from ${ip} port 40022 ssh2\n`;
  machineWrite("/run/say", line.repeat(count));
}

function machineWrite(path: string, text: string): void {
  shell(`printf '%s' '${text}' >> ${path}`);
}

/** Debian's default journald, or one that stores nothing and only forwards to rsyslog. */
function setJournal(storage: "volatile" | "none"): void {
  shell(`mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\\nStorage=${storage}\\nForwardToSyslog=yes\\n' > /etc/systemd/journald.conf.d/test.conf
systemctl restart systemd-journald`);
}

function setRsyslog(wanted: "start" | "stop"): void {
  shell(wanted === "start" ? "systemctl start rsyslog" : "systemctl stop syslog.socket rsyslog");
}

interface Link {
  readonly link: string;
  readonly cause: string | null;
  readonly evidence: string;
}

interface Jail {
  readonly state: string;
  readonly cause: string | null;
  readonly reason: string;
  readonly fix: string | null;
  readonly links: readonly Link[];
}

interface Daemon extends Disposable {
  readonly pid: string;
  /** Runs all checks first. */
  doctor(): Jail;
  /** Waits for a cause ("" for none), with checks every second; returns the milliseconds it took. */
  untilCause(cause: string): Promise<number>;
  /** Waits for a line of the daemon's log, without requests. */
  untilSaid(text: RegExp): Promise<number>;
  log(): string;
}

/** Detection takes at most a minute; more time is for a busy machine. */
const LIMIT_MS = 180_000;
/** More than two timestamps of the same line in two logs may differ. */
const APART_MS = 6000;

/** Daemons that run at the same time must not share a firewall table; an observing one is enough for these tests. */
const OBSERVING = 'enforcer = "memory"\nmaxretry = 3';

let started = 0;

function mainPid(unit: string): string {
  return shell(`systemctl show --property=MainPID --value ${unit}`).trim();
}

/** `through` is put before the program, which then runs as `user`. */
function startDaemon(
  jail: string,
  { through = "", policy = OBSERVING, user = "root" } = {},
): Daemon {
  const name = `place-${++started}`;
  const folder = `/run/${name}`;
  shell(`mkdir -p ${folder}/state; chown -R ${user} ${folder}
cat > ${folder}.toml <<'END'
[daemon]
state = "${folder}/state"
socket = "${folder}/socket"
log_format = "json"
[defaults]
${policy}
[jails.sshd]
${jail}
END
systemd-run --quiet --unit=${name} -p StandardError=file:${folder}/log ${through} /opt/bailiff/bailiff --config ${folder}.toml run`);
  const log = (): string => readText(machine.pathOf(`${folder}/log`));

  async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<number> {
    const begin = performance.now();
    while (!(await condition())) {
      const spent = performance.now() - begin;
      if (spent > LIMIT_MS)
        assert.fail(`not within ${LIMIT_MS} ms: ${what}\n${log()}${JSON.stringify(doctor())}`);
      await pause(500);
    }
    return performance.now() - begin;
  }

  function doctor(): Jail {
    const { output } = machine.run(
      ...["/opt/bailiff/bailiff", "--config", `${folder}.toml`, "doctor", "--json"],
    );
    const reply: { readonly jails: readonly Jail[] } = JSON.parse(output);
    const [first] = reply.jails;
    assert.ok(first !== undefined, output);
    return first;
  }

  /** Asks without a command, each start of which takes half a second of processor time. */
  async function causeNow(): Promise<string> {
    await using client = await connectControl(machine.pathOf(`${folder}/socket`));
    const { jails } = await client.request("doctor", {});
    return jails[0]?.cause ?? "";
  }

  return {
    pid: mainPid(name),
    doctor,
    log,
    untilCause: (cause) => until(cause, async () => (await causeNow()) === cause),
    untilSaid: (text) => until(String(text), () => text.test(log())),
    [Symbol.dispose]: () => void machine.run("systemctl", "stop", name),
  };
}

function tell(t: TestContext, what: string, milliseconds: number): void {
  t.diagnostic(`${what}: noticed after ${(milliseconds / 1000).toFixed(1)} s`);
}

const AUTH_LOG = 'source = { file = ["/var/log/auth.log"] }';

test("if the log moves from the file to the journal and back, auto follows, and a named source is blind", async (t) => {
  setJournal("none");
  setRsyslog("start");
  fail("192.0.2.1");
  await sleepUntil(() => shell("cat /var/log/auth.log").includes("192.0.2.1"));
  using auto = startDaemon('source = "auto"');
  using named = startDaemon(AUTH_LOG);
  // A second jail of the filter reads the journal, which must not hide the fault of the first.
  using beside = startDaemon(
    `${AUTH_LOG}\n[jails.sshd-slow]\nfilter = "sshd"\nsource = { journal = ["_COMM=sshd"] }`,
  );
  for (const daemon of [auto, named, beside]) await daemon.untilSaid(/"ip":"192.0.2.1".*"count":1/);

  setRsyslog("stop");
  setJournal("volatile");
  await pause(APART_MS);
  // No requests, so that the daemon's own schedule is measured.
  fail("192.0.2.1");
  const moved = await auto.untilSaid(/"event":"source-moved"/);
  tell(t, "file to journal, moved over", moved);
  const blind = await named.untilSaid(/"state":"blind","cause":"writes-elsewhere"/);
  tell(t, "file to journal, blind", moved + blind);
  const sibling =
    /"jail":"sshd",.*"state":"blind","cause":"writes-elsewhere"|"cause":"writes-elsewhere".*"jail":"sshd"/;
  await beside.untilSaid(sibling);
  await auto.untilSaid(/"ip":"192.0.2.1".*"count":2/);
  fail("192.0.2.1");
  await auto.untilSaid(/"event":"ban","jail":"sshd","ip":"192.0.2.1"/);
  assert.equal(auto.log().match(/"event":"failure"/g)?.length, 3, "no line counted twice");
  assert.equal(auto.doctor().state, "observing");
  const { state, cause, reason, fix } = named.doctor();
  assert.deepEqual({ state, cause }, { state: "blind", cause: "writes-elsewhere" });
  assert.match(reason, /^sshd wrote .* to the journal .*\/var\/log\/auth\.log is .* old$/);
  assert.match(
    fix ?? "",
    /^\[jails\.sshd\] source = \{ journal = \["_SYSTEMD_UNIT=ssh\.service _UID=0"/,
  );

  using byMatch = startDaemon('source = { journal = ["_COMM=sshd"] }');
  await byMatch.untilSaid(/"ip":"192.0.2.1"/);
  setJournal("none");
  setRsyslog("start");
  await pause(APART_MS);
  byMatch.doctor();
  fail("192.0.2.2");
  const back = await auto.untilSaid(/"to":"\/var\/log\/auth\.log"/);
  tell(t, "journal to file, moved over", back);
  const moves = [...auto.log().matchAll(/"from":"([^"]*)","to":"([^"]*)"/g)];
  for (const [, from, to] of moves) assert.notEqual(from, to, "never to the place it leaves");
  await auto.untilSaid(/"ip":"192.0.2.2".*"count":1/);
  await byMatch.untilCause("writes-elsewhere");
  assert.match(byMatch.doctor().fix ?? "", /source = \{ file = \["\/var\/log\/auth\.log"\] \}/);
  // The configured file gets lines again.
  await named.untilCause("");
});

test("a log without read permission is reported with path, user and fix", async (t) => {
  setRsyslog("start");
  shell("chgrp adm /var/log/auth.log; chmod 640 /var/log/auth.log");
  const through = "setpriv --reuid=65534 --regid=65534 --groups=$(getent group adm | cut -d: -f3)";
  using daemon = startDaemon(AUTH_LOG, { through, user: "nobody" });
  fail("192.0.2.3");
  await daemon.untilSaid(/"ip":"192.0.2.3"/);
  shell("chmod 600 /var/log/auth.log; mv /var/log/auth.log /var/log/auth.log.1");
  shell("install -m 600 -g adm /dev/null /var/log/auth.log; systemctl kill -s HUP rsyslog");
  tell(t, "chmod", await daemon.untilSaid(/"cause":"permission-lost"/));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "blind");
  assert.equal(
    reason,
    "user nobody may not read /var/log/auth.log (mode 0600, owner root, group adm)",
  );
  assert.match(fix ?? "", /^chmod g\+r \/var\/log\/auth\.log && usermod -aG adm nobody && /);
  shell("chmod 640 /var/log/auth.log");
  await daemon.untilCause("");

  shell("chmod 700 /var/log; mv /var/log/auth.log /var/log/auth.log.1");
  await daemon.untilCause("permission-lost");
  assert.match(daemon.doctor().reason, /^user nobody may not enter \/var\/log \(mode 0700/);
  shell("chmod 755 /var/log; install -m 640 -g adm /dev/null /var/log/auth.log");
  shell("systemctl kill -s HUP rsyslog");
  await daemon.untilCause("");
});

test("rotation without notifying the writer, and a log that is deleted while it is written", async (t) => {
  setRsyslog("start");
  using daemon = startDaemon(AUTH_LOG);
  fail("192.0.2.4");
  await daemon.untilSaid(/"ip":"192.0.2.4"/);
  shell("mv /var/log/auth.log /var/log/auth.log.1; install -m 640 /dev/null /var/log/auth.log");
  tell(t, "no HUP after rotation", await daemon.untilCause("writer-holds-old-file"));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "blind");
  assert.match(reason, /^rsyslogd \(pid \d+\) still writes to \/var\/log\/auth\.log\.1 and not to/);
  const [, command = ""] = /^(kill -HUP \d+) /.exec(fix ?? "") ?? [];
  shell(command);
  // rsyslog handles the signal later.
  await sleepUntil(() => {
    fail("192.0.2.4");
    return shell("cat /var/log/auth.log").includes("192.0.2.4");
  });
  await daemon.untilCause("");

  shell("rm /var/log/auth.log; install -m 640 /dev/null /var/log/auth.log");
  tell(t, "deleted", await daemon.untilCause("writer-holds-old-file"));
  assert.match(daemon.doctor().reason, /a deleted file \(once \/var\/log\/auth\.log\)/);
  shell("systemctl kill -s HUP rsyslog");
  fail("192.0.2.4");
  await daemon.untilCause("");
});

test("if another file is mounted over the log, the reader detects the wrong inode and finds the right one", async (t) => {
  setRsyslog("start");
  const through = "unshare --mount --propagation private";
  using daemon = startDaemon(AUTH_LOG, { through });
  fail("192.0.2.5");
  await daemon.untilSaid(/"ip":"192.0.2.5"/);
  shell(
    `install -m 640 /dev/null /run/other.log
nsenter --mount --target=${daemon.pid} mount --bind /run/other.log /var/log/auth.log`,
  );
  tell(t, "wrong inode", await daemon.untilCause("stale-file"));
  assert.match(daemon.doctor().reason, /^the reader has inode \d+, but \/var\/log\/auth\.log has/);
  // The reader's rare poll repairs that, and no line from before is lost.
  const line = logged("192.0.2.55");
  machineWrite("/run/other.log", line);
  await daemon.untilSaid(/"ip":"192.0.2.55"/);
  await daemon.untilCause("");
});

test("the program writes to another file of the same name, in another mount namespace", async (t) => {
  setRsyslog("start");
  using daemon = startDaemon('source = { file = ["/var/log/own.log"] }');
  shell(`printf '%s' '${logged("192.0.2.6")}' > /var/log/own.log
mkdir -p /run/inner; touch /run/inner/own.log
mkdir -p /run/bin; cp /usr/bin/tee /run/bin/sshd; mkfifo /run/inner-say
systemctl stop ssh
systemd-run --quiet --unit=inner unshare --mount sh -c 'mount --bind /run/inner /var/log && exec /run/bin/sshd --append /var/log/own.log 0<>/run/inner-say'`);
  await daemon.untilSaid(/"ip":"192.0.2.6"/);
  await pause(APART_MS);
  machineWrite("/run/inner-say", logged("192.0.2.6"));
  tell(t, "another mount namespace", await daemon.untilCause("other-mount-namespace"));
  const { state, reason } = daemon.doctor();
  assert.equal(state, "blind");
  assert.match(
    reason,
    /^sshd \(pid \d+\) runs in another mount namespace, where \/var\/log\/own\.log/,
  );
  shell("systemctl stop inner; systemctl start ssh");
});

test("lines of a container are not evidence about this host's program", async () => {
  setRsyslog("start");
  using daemon = startDaemon(AUTH_LOG, { policy: "maxretry = 1000" });
  fail("192.0.2.61");
  await daemon.untilSaid(/"ip":"192.0.2.61"/);
  const evidence = (): unknown => daemon.doctor().links.find(({ link }) => link === "place");
  shell(`mkdir -p /run/box; touch /run/box/auth.log /run/box/auth.log.1; cp /usr/bin/tee /run/bin/rsyslogd
test -p /run/box-say || mkfifo /run/box-say
systemd-run --quiet --unit=box-ssh unshare --mount sh -c 'mount --bind /run/box /var/log && exec /run/bin/sshd --append /var/log/auth.log 0<>/run/box-say'
systemd-run --quiet --unit=box-syslog unshare --mount sh -c 'mount --bind /run/box /var/log && exec /run/bin/rsyslogd --append /var/log/auth.log.1 0<>/run/box-say'`);
  await sleepUntil(() => machine.run("pgrep", "-xc", "tee|sshd").output.trim() !== "");
  // The host's own log has been quiet for a long time.
  shell("touch -d '5 minutes ago' /var/log/auth.log");
  machineWrite("/run/box-say", logged("192.0.2.62"));
  for (let looks = 0; looks < 3; looks++) {
    assert.equal(daemon.doctor().cause, null, JSON.stringify(evidence()));
    machineWrite("/run/box-say", logged("192.0.2.62"));
  }
  fail("192.0.2.61");
  await daemon.untilSaid(/"ip":"192.0.2.61".*"count":2/);
  shell("systemctl stop box-ssh box-syslog");
});

test("a log on a full disk", async (t) => {
  shell(`mkdir /run/full; mount -t tmpfs -o size=64k tmpfs /run/full
echo "$(date '+%b %e %T') vm sshd[1]: Failed password for root from 192.0.2.3 port 40022 ssh2" > /run/full/auth.log`);
  using daemon = startDaemon('source = { file = ["/run/full/auth.log"] }', {
    policy: "maxretry = 1000",
  });
  await daemon.untilSaid(/"ip":"192.0.2.3"/);
  shell("! cat /dev/zero > /run/full/other");
  tell(t, "disk full", await daemon.untilCause("log-disk-full"));
  const { reason, fix } = daemon.doctor();
  assert.match(reason, /^the file system of \/run\/full\/auth\.log has no space left/);
  assert.match(fix ?? "", /df -h \/run\/full/);
  shell("rm /run/full/other");
  await daemon.untilCause("");
});

test("failures that rsyslogd loses are reported with their number, and those in a rotated file are not lost", async (t) => {
  setJournal("volatile");
  // Like a daemon without space or with a rate limit: nothing in the file shows what is left out.
  shell(`printf ':msg, contains, "198.51.100." stop\n' > /etc/rsyslog.d/00-lose.conf
systemctl restart syslog.socket rsyslog`);
  using daemon = startDaemon(AUTH_LOG, { policy: "maxretry = 1000" });
  for (const end of [1, 2, 3, 4]) fail(`192.0.2.${end}`);
  await daemon.untilSaid(/"ip":"192.0.2.4"/);
  shell("mv /var/log/auth.log /var/log/auth.log.1; systemctl kill -s HUP rsyslog");
  for (const end of [5, 6, 7, 8]) fail(`192.0.2.${end}`);
  await daemon.untilSaid(/"ip":"192.0.2.8"/);
  // What came within a second of the file's first line may be in the rotated one.
  await pause(1500);
  for (const end of [1, 2, 3, 4, 5]) fail(`198.51.100.${end}`);
  tell(t, "lost", await daemon.untilCause("lines-dropped"));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "degraded");
  assert.match(reason, /^the journal has 5 failures that \/var\/log\/auth\.log lacks/);
  assert.match(fix ?? "", /source = \{ journal = \["_SYSTEMD_UNIT=ssh\.service/);
  shell("rm /etc/rsyslog.d/00-lose.conf; systemctl restart syslog.socket rsyslog");
});

test("if journald's rate limit drops lines, the jail is degraded with their number", async (t) => {
  shell(`mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nLogRateLimitIntervalSec=2\nLogRateLimitBurst=5\n' > /etc/systemd/system/ssh.service.d/rate.conf
systemctl daemon-reload; systemctl restart ssh`);
  setJournal("volatile");
  using daemon = startDaemon('source = { journal = ["_SYSTEMD_UNIT=ssh.service"] }', {
    policy: "maxretry = 1000",
  });
  fail("192.0.2.7");
  await daemon.untilSaid(/"ip":"192.0.2.7"/);
  fail("192.0.2.7", 500);
  await pause(2500);
  fail("192.0.2.7");
  tell(t, "rate limit", await daemon.untilCause("lines-dropped"));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "degraded");
  assert.match(reason, /^systemd-journald dropped \d+ lines of ssh\.service by its rate limit/);
  assert.match(fix ?? "", /LogRateLimitIntervalSec=0 for ssh\.service/);
  shell("rm -r /etc/systemd/system/ssh.service.d; systemctl daemon-reload; systemctl restart ssh");
});

test("journal matches that match nothing", async (t) => {
  setJournal("volatile");
  using daemon = startDaemon('source = { journal = ["_SYSTEMD_UNIT=openssh.service"] }');
  await daemon.untilSaid(/"event":"jail-started"/);
  fail("192.0.2.8");
  tell(t, "matches nothing", await daemon.untilCause("matches-nothing"));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "blind");
  assert.match(
    reason,
    /^journal _SYSTEMD_UNIT=openssh\.service has no entry at all, but sshd wrote/,
  );
  assert.match(fix ?? "", /source = \{ journal = \["_SYSTEMD_UNIT=ssh\.service _UID=0"/);
});

/** Hides the journal from the daemon and its child processes. */
const NO_JOURNAL =
  "unshare --mount sh -c 'mount -t tmpfs none /run/log && mount -t tmpfs none /var/log/journal && mount -t tmpfs none /run/systemd/journal && exec \"$@\"' sh";

test("a file with lines, none of them of the jail's program", async (t) => {
  shell("systemctl start ssh; printf '' > /var/log/elsewhere.log");
  const cron = logged("192.0.2.9").replace("sshd", "CRON");
  // Lines that were there before the start prove no more than later ones.
  machineWrite("/var/log/elsewhere.log", cron);
  using daemon = startDaemon('source = { file = ["/var/log/elsewhere.log"] }', {
    through: NO_JOURNAL,
  });
  await daemon.untilSaid(/"event":"jail-started"/);
  machineWrite("/var/log/elsewhere.log", cron.repeat(149));
  assert.equal(daemon.doctor().cause, null, "a few lines of others say nothing");
  machineWrite("/var/log/elsewhere.log", cron.repeat(150));
  tell(t, "no line of the program", await daemon.untilCause("no-line-of-program"));
  const { state, reason } = daemon.doctor();
  assert.equal(state, "blind");
  assert.match(reason, /^300 lines came to \/var\/log\/elsewhere\.log, and none is of sshd or/);
  machineWrite("/var/log/elsewhere.log", logged("192.0.2.9"));
  await daemon.untilCause("");
});

test("the syslog daemon was stopped, on a host without journald", async (t) => {
  // A mount namespace in which only rsyslogd receives, with a program that logs to it.
  shell(`mkdir -p /run/old; mkfifo /run/old/say; printf '' > /var/log/old.log
cat > /run/old/rsyslog.conf <<'END'
module(load="imuxsock" SysSock.Name="/run/systemd/journal/dev-log" SysSock.RateLimit.Interval="2" SysSock.RateLimit.Burst="5" SysSock.UsePIDFromSystem="on")
*.* /var/log/old.log
END
systemd-run --quiet --unit=old-place ${NO_JOURNAL} sleep infinity`);
  const inside = `nsenter --mount --target=${mainPid("old-place")}`;
  await sleepUntil(() => machine.run("sh", "-c", `${inside} test ! -e /dev/log`).code === 0);
  shell(`systemd-run --quiet --unit=old-syslog ${inside} rsyslogd -n -f /run/old/rsyslog.conf -i /run/old/rsyslog.pid
systemctl stop ssh`);
  await sleepUntil(
    () => machine.run("sh", "-c", `${inside} test -S /run/systemd/journal/dev-log`).code === 0,
  );
  shell(
    `systemd-run --quiet --unit=old-ssh ${inside} sh -c 'exec /usr/local/sbin/sshd --tag sshd --id --socket-errors=off --priority auth.info 0<>/run/old/say'`,
  );
  using daemon = startDaemon('source = { file = ["/var/log/old.log"] }', {
    through: inside,
    policy: "maxretry = 1000",
  });
  await daemon.untilSaid(/"event":"jail-started"/);
  const line = "Failed password for root from 192.0.2.10 port 40022 ssh2\n";
  machineWrite("/run/old/say", line);
  await daemon.untilSaid(/"ip":"192.0.2.10"/);

  machineWrite("/run/old/say", line.repeat(500));
  // rsyslog reports dropped lines with the first line after its interval.
  const speaking = setInterval(() => machineWrite("/run/old/say", line), 1000);
  const dropped = daemon.untilCause("lines-dropped");
  tell(t, "rsyslog's rate limit", await dropped.finally(() => clearInterval(speaking)));
  assert.match(daemon.doctor().reason, /^rsyslogd \(imuxsock\) dropped/);

  shell("systemctl stop old-syslog");
  tell(t, "rsyslog stopped", await daemon.untilCause("no-writer"));
  const { state, reason, fix } = daemon.doctor();
  assert.equal(state, "blind");
  assert.match(
    reason,
    /^sshd runs \(pid \d+\), but no process has \/var\/log\/old\.log open for writing/,
  );
  assert.match(fix ?? "", /^systemctl restart rsyslog/);
  shell("systemctl stop old-ssh old-place");
});

test("lines are lost: no syslog daemon, and journald stores nothing", async (t) => {
  setJournal("none");
  setRsyslog("start");
  shell("systemctl start ssh");
  // Emptied because the number of failures reported in a burst is limited.
  shell(": > /var/log/auth.log");
  // Lines may be lost until rsyslog reads.
  await sleepUntil(() => {
    fail("192.0.2.11");
    return shell("cat /var/log/auth.log").includes("from 192.0.2.11 ");
  });
  using file = startDaemon(AUTH_LOG);
  await file.untilSaid(/"ip":"192.0.2.11"/);
  assert.equal(file.doctor().cause, null, "rsyslog writes the file");
  setRsyslog("stop");
  fail("192.0.2.11", 5);
  tell(t, "no log anywhere", await file.untilCause("no-writer"));
  const { state, reason } = file.doctor();
  assert.equal(state, "blind");
  assert.match(reason, /no process has \/var\/log\/auth\.log open .* journald, .* stores nothing/);
  using journal = startDaemon('source = { journal = ["_COMM=sshd"] }');
  await journal.untilSaid(/"event":"jail-started"/);
  tell(t, "journal that stores nothing", await journal.untilCause("no-writer"));
  assert.equal(journal.doctor().state, "blind");
  setJournal("volatile");
  await journal.untilCause("");
  setJournal("none");
  setRsyslog("start");
  fail("192.0.2.1");
  await file.untilCause("");
});

/** A line as rsyslog writes it. */
function logged(ip: string): string {
  const at = new Date().toISOString().replace("Z", "000+00:00");
  return `${at} vm sshd[4711]: Failed password for root from ${ip} port 40022 ssh2\n`;
}

/** Waits for a condition of the machine, not of the daemon. */
async function sleepUntil(condition: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!condition()) {
    assert.ok(performance.now() < end, String(condition));
    await pause(200);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
