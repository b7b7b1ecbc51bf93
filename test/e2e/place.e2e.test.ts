/**
 * A jail that reads the wrong place says so. Each fault is made for real on a machine of its own with systemd, journald
 * and Debian's rsyslog; the daemon is the real program. Each test prints how long the fault went unnoticed.
 */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { bootSystemd, type Machine } from "./boot-systemd.ts";

let machine: Machine;

/** A copy of logger named sshd, in a unit named as Debian's, says what it is told through a pipe. */
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

/** What sshd logs for a wrong password. */
function fail(ip: string, count = 1): void {
  const line = `Failed password for root from ${ip} port 40022 ssh2\n`;
  machineWrite("/run/say", line.repeat(count));
}

function machineWrite(path: string, text: string): void {
  shell(`printf '%s' '${text}' >> ${path}`);
}

/** Debian's journald as it comes, or one that keeps nothing and only hands on to rsyslog. */
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
  /** With a fresh look. */
  doctor(): Jail;
  /** Waits for a cause ("" for none), looking every second; gives the milliseconds it took. */
  untilCause(cause: string, limit: number): Promise<number>;
  /** Waits for a line of its log, without asking it anything. */
  untilSaid(text: RegExp, limit: number): Promise<number>;
  log(): string;
}

let started = 0;

/** `through` is put before the program. */
function startDaemon(jail: string, { through = "", policy = "" } = {}): Daemon {
  const name = `place-${++started}`;
  const folder = `/run/${name}`;
  shell(`mkdir -p ${folder}/state; chmod -R 777 ${folder}
cat > ${folder}/bailiff.toml <<'END'
[daemon]
state = "${folder}/state"
socket = "${folder}/socket"
log_format = "json"
[defaults]
enforcer = "memory"
maxretry = 3
${policy}
[jails.sshd]
${jail}
END
systemd-run --quiet --unit=${name} -p StandardError=file:${folder}/log ${through} /opt/bailiff/bailiff --config ${folder}/bailiff.toml run`);
  const log = (): string => machine.run("cat", `${folder}/log`).output;

  async function until(what: string, limit: number, holds: () => boolean): Promise<number> {
    const begin = performance.now();
    while (!holds()) {
      const spent = performance.now() - begin;
      assert.ok(spent < limit, `not within ${limit} ms: ${what}\n${log()}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return performance.now() - begin;
  }

  function doctor(): Jail {
    const { output } = machine.run(
      ...["/opt/bailiff/bailiff", "--config", `${folder}/bailiff.toml`, "doctor", "--json"],
    );
    const reply: { readonly jails: readonly Jail[] } = JSON.parse(output);
    const [first] = reply.jails;
    assert.ok(first !== undefined, output);
    return first;
  }

  return {
    doctor,
    log,
    untilCause: (cause, limit) => until(cause, limit, () => (doctor().cause ?? "") === cause),
    untilSaid: (text, limit) => until(String(text), limit, () => text.test(log())),
    [Symbol.dispose]: () => void machine.run("systemctl", "stop", name),
  };
}

function tell(t: TestContext, what: string, milliseconds: number): void {
  t.diagnostic(`${what}: noticed after ${(milliseconds / 1000).toFixed(1)} s`);
}

const AUTH_LOG = 'source = { file = ["/var/log/auth.log"] }';

test("the log moves from the file to the journal, then back: auto moves over, a named source is blind", async (t) => {
  setJournal("none");
  setRsyslog("start");
  fail("192.0.2.1");
  await sleepUntil(() => shell("cat /var/log/auth.log").includes("192.0.2.1"));
  using auto = startDaemon('source = "auto"');
  using named = startDaemon(AUTH_LOG);
  for (const daemon of [auto, named]) await daemon.untilSaid(/"ip":"192.0.2.1".*"count":1/, 20_000);

  setRsyslog("stop");
  setJournal("volatile");
  await pause(6000);
  // Nobody asks: what is measured is the daemon's own schedule.
  fail("192.0.2.1");
  const moved = await auto.untilSaid(/"event":"source-moved"/, 60_000);
  tell(t, "file to journal, moved over", moved);
  const blind = await named.untilSaid(/"state":"blind","cause":"writes-elsewhere"/, 60_000 - moved);
  tell(t, "file to journal, blind", moved + blind);
  await auto.untilSaid(/"ip":"192.0.2.1".*"count":2/, 10_000);
  fail("192.0.2.1");
  await auto.untilSaid(/"event":"ban","jail":"sshd","ip":"192.0.2.1"/, 10_000);
  assert.equal(auto.log().match(/"event":"failure"/g)?.length, 3, "no line counted twice");
  assert.equal(auto.doctor().state, "observing");
  const { state, cause, reason, fix } = named.doctor();
  assert.deepEqual({ state, cause }, { state: "blind", cause: "writes-elsewhere" });
  assert.match(reason, /^sshd wrote .* to the journal .*\/var\/log\/auth\.log is .* old$/);
  assert.match(fix ?? "", /^\[jails\.sshd\] source = \{ journal = \["_SYSTEMD_UNIT=ssh\.service"/);

  using byMatch = startDaemon('source = { journal = ["_COMM=sshd"] }');
  await byMatch.untilSaid(/"ip":"192.0.2.1"/, 20_000);
  setJournal("none");
  setRsyslog("start");
  await pause(6000);
  byMatch.doctor();
  fail("192.0.2.2");
  const back = await auto.untilSaid(/"to":"\/var\/log\/auth\.log"/, 65_000);
  tell(t, "journal to file, moved over", back);
  await auto.untilSaid(/"ip":"192.0.2.2".*"count":1/, 10_000);
  await byMatch.untilCause("writes-elsewhere", 20_000);
  assert.match(byMatch.doctor().fix ?? "", /source = \{ file = \["\/var\/log\/auth\.log"\] \}/);
  // The named file has its lines again.
  await named.untilCause("", 20_000);
});

/** Of a wait for the world, not for the daemon. */
async function sleepUntil(condition: () => boolean, limit = 10_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    assert.ok(performance.now() < end, String(condition));
    await pause(50);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
