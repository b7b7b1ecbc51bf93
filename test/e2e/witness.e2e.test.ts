/**
 * btmp as a witness: a real sshd records each failed login there and logs it through a real rsyslogd. Whatever happens to
 * its lines on the way, btmp disagrees within a minute; whatever else happens on a healthy host, it does not.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test, type TestContext } from "node:test";
import { sshArgv } from "../../src/demo/ssh-client.ts";
import { openStage, type Running, type Stage, untilTrue } from "./stage.ts";

const INTRUDERS = ["192.0.2.21", "192.0.2.22", "192.0.2.23"] as const;
const LIMIT_MS = 60_000;
/** Between two looks of the daemon. */
const LOOK_MS = 30_000;

/** Usually nobody is banned: who is, fails no more. */
const config = (log: string, maxretry = 100): string => `[defaults]
maxretry = ${maxretry}
increment = { enabled = false }

[jails.sshd]
source = { file = [${JSON.stringify(log)}] }
`;

/** $0: the /var/log of the lab's sshd. */
const IN_LOG_FOLDER = 'mount --bind "$0" /var/log; exec "$@"';

let stage: Stage;
let syslog: Running | undefined;
let sshdConfig = "";

before(async () => {
  stage = await openStage({ sshd: "real", config: config("/unused") });
  // A real syslog daemon takes its place.
  stage.lab.logLines?.kill("SIGKILL");
  await stage.lab.logLines?.ended;
  sshdConfig = readFileSync(join(stage.lab.folder, "sshd_config"), "utf8");
});

after(() => stage[Symbol.asyncDispose]());

interface SyslogOptions {
  readonly file?: string;
  readonly selector?: string;
  readonly template?: string;
  readonly rateLimit?: string;
  readonly zone?: string;
}

async function startSyslog(options: SyslogOptions = {}): Promise<void> {
  await stopSyslog();
  const { file = stage.log, selector = "auth,authpriv.*", template, rateLimit, zone } = options;
  const [path, socket] = [
    join(stage.lab.folder, "rsyslog.conf"),
    join(stage.lab.folder, "dev-log"),
  ];
  const format = template ?? "%timegenerated:::date-rfc3339% %HOSTNAME% %syslogtag%%msg%\\n";
  writeFileSync(
    path,
    `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" ${rateLimit ?? ""})
template(name="line" type="string" string="${format}")
${selector} action(type="omfile" file="${file}" template="line")
`,
  );
  const pid = join(stage.lab.folder, "rsyslog.pid");
  syslog = stage.lab.start("host", [
    ...["/usr/bin/env", `TZ=${zone ?? "UTC"}`],
    ...["/usr/sbin/rsyslogd", "-n", "-i", pid, "-f", path],
  ]);
  await untilTrue(() => existsSync(socket), "rsyslogd receives");
}

async function stopSyslog(): Promise<void> {
  await syslog?.[Symbol.asyncDispose]();
  syslog = undefined;
  rmSync(join(stage.lab.folder, "dev-log"), { force: true });
  rmSync(join(stage.lab.folder, "rsyslog.pid"), { force: true });
}

async function setSshd(more: string): Promise<void> {
  const path = join(stage.lab.folder, "sshd_config");
  writeFileSync(path, sshdConfig + more);
  execFileSync("pkill", ["-HUP", "-f", path]);
  await untilTrue(
    async () => (await stage.lab.guess({ from: INTRUDERS[0] })).kind === "refused",
    "sshd listens again",
  );
}

let isRunning = false;

afterEach(async () => {
  if (!isRunning) return;
  // A test that fails must not leave its bans to the next.
  for (const address of await stage.blocked()) await stage.bailiff("unban", address);
  await stage.stop();
  isRunning = false;
});

async function startDaemon(log: string = stage.log, maxretry?: number): Promise<void> {
  isRunning = true;
  stage.configure(config(log, maxretry));
  await stage.start({
    through: ["/bin/sh", "-c", IN_LOG_FOLDER, stage.lab.logFolder],
  });
  await untilTrue(async () => (await flow()).length > 0, "the daemon has looked");
}

async function guess(times = 1): Promise<void> {
  for (let n = 0; n < times; n++)
    for (const from of INTRUDERS)
      assert.equal((await stage.lab.guess({ from })).kind, "refused", from);
}

/** Several wrong passwords on one connection. */
async function guessTogether(from: string): Promise<void> {
  const login = { kind: "wrong-password", user: "root" } as const;
  const argv = sshArgv({ enter: [], ssh: "ssh", from, to: stage.lab.host.ipv4, port: 22, login });
  const several = argv.map((word) => word.replace("Prompts=1", "Prompts=5"));
  await stage.lab.run("intruder", several);
}

interface Link {
  readonly verdict: string;
  readonly evidence: string;
  readonly cause: string | null;
}

async function flow(): Promise<readonly Link[]> {
  const { jails } = await stage.ask("doctor", {});
  return jails[0]?.links.filter(({ link }) => link === "flow") ?? [];
}

/** That the jail is blind is said by the daemon's own looks; that btmp disagrees is among the reasons. */
async function untilSaid(context: TestContext, since: number): Promise<string> {
  const left = (): number => LIMIT_MS - (performance.now() - since);
  const isBlind = async (): Promise<boolean> =>
    (await stage.ask("status", {})).jails[0]?.state === "blind";
  await untilTrue(isBlind, "the jail is blind", left());
  let evidence: string | undefined;
  await untilTrue(
    async () => {
      evidence = (await flow()).find(({ cause }) => cause === "logins-unlogged")?.evidence;
      return evidence !== undefined;
    },
    "btmp disagrees",
    left(),
  );
  context.diagnostic(`after ${Math.round((performance.now() - since) / 1000)} s: ${evidence}`);
  return evidence ?? "";
}

interface Trouble {
  readonly begin: () => Promise<void>;
  readonly says?: RegExp;
  readonly guess?: () => Promise<void>;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  "sshd logs nothing": { begin: () => setSshd("LogLevel QUIET\n") },
  "rsyslogd writes to another file": {
    begin: () => startSyslog({ file: `${stage.log}.other` }),
  },
  "rsyslogd is stopped": { begin: stopSyslog },
  "rsyslogd drops what exceeds its rate": {
    begin: () => startSyslog({ rateLimit: 'RateLimit.Interval="600" RateLimit.Burst="1"' }),
    guess: async () => {
      for (const from of INTRUDERS) await guessTogether(from);
    },
  },
  "the text of messages changes": {
    begin: () =>
      startSyslog({
        template: "%timegenerated:::date-rfc3339% %HOSTNAME% %syslogtag%%msg:::lowercase%\\n",
      }),
  },
  "the time zone of stamps changes": {
    begin: () =>
      startSyslog({
        zone: "Etc/GMT+5",
        template: "%timegenerated% %HOSTNAME% %syslogtag%%msg%\\n",
      }),
    says: /a line about 192\.0\.2\.2\d has a time (4h 59m|5h)( \d+\w)? earlier$/,
  },
  "rsyslogd keeps writing to a file that was replaced": {
    begin: async () => {
      // A running daemon would keep reading the old file.
      await stage.stop();
      renameSync(stage.log, join(stage.lab.folder, "moved"));
      writeFileSync(stage.log, "");
      await startDaemon();
    },
  },
  "the facility is filtered": { begin: () => setSshd("SyslogFacility LOCAL3\n") },
};

for (const [name, { begin, says, guess: attack = () => guess(2) }] of Object.entries(TROUBLES)) {
  test(`${name}: btmp disagrees`, async (context) => {
    await startSyslog();
    await setSshd("");
    await startDaemon();
    await guess();
    await untilTrue(
      async () => (await flow()).some(({ evidence }) => evidence.startsWith("confirmed by btmp")),
      "btmp confirms what is read",
    );
    await begin();
    const since = performance.now();
    await attack();
    assert.match(
      await untilSaid(context, since),
      says ??
        /^btmp recorded \d+ failed logins since \S+, and the jail read lines of \d+; missing: 192\.0\.2\.2\d/,
    );
  });
}

test("the source is the wrong file: btmp disagrees", async (context) => {
  await startSyslog();
  await setSshd("");
  const other = join(stage.lab.folder, "other.log");
  writeFileSync(other, "");
  await startDaemon(other);
  const since = performance.now();
  await guess(2);
  await untilSaid(context, since);
});

/** As any local account can write to syslog: rsyslogd takes the program's name from the message. */
async function forge(ip: string): Promise<void> {
  const message = `Failed password for root from ${ip} port 40022 ssh2`;
  const socket = join(stage.lab.folder, "dev-log");
  for (let n = 0; n < 4; n++) {
    const argv = ["logger", "-u", socket, "-p", "authpriv.info", "-i", "-t", "sshd", message];
    const written = await stage.lab.run("host", argv);
    assert.ok(written.ok, written.ok ? "" : written.error);
  }
}

test("forged lines are reported and ban nobody, while attackers are banned", async (context) => {
  await startSyslog();
  await setSshd("");
  await startDaemon(stage.log, 3);
  // The log still has failures of the others.
  const [first, second, third] = ["192.0.2.31", "192.0.2.32", "192.0.2.33"];
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: first });
  await stage.untilBlocked(first);
  const since = performance.now();
  await forge("192.0.2.66");
  const ignored = await stage.untilEvent("ignored", { ip: "192.0.2.66" }, 30_000);
  assert.match(String(ignored["reason"]), /^unrecorded: btmp has no record of [34] of these/);
  assert.equal((await stage.blocked()).includes("192.0.2.66"), false);
  const { output } = await stage.bailiff("why", "192.0.2.66");
  assert.match(output, /sshd did not ban it at \S+: btmp has no record of [34] of these/);
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: second });
  await stage.untilBlocked(second);
  const why = await stage.ask("why", { subject: second });
  assert.deepEqual(
    why.bans[0]?.evidence.map(({ confirmed_by }) => confirmed_by),
    ["btmp", "btmp", "btmp"],
  );
  await untilTrue(
    async () => (await stage.ask("status", {})).jails[0]?.cause === "logins-unrecorded",
    "the forged lines are reported",
    LIMIT_MS - (performance.now() - since),
  );
  const { reason } = (await stage.ask("status", {})).jails[0] ?? {};
  context.diagnostic(`after ${Math.round((performance.now() - since) / 1000)} s: ${reason}`);
  assert.match(
    reason ?? "",
    /^[34] lines about failed logins since \S+ have no record in btmp: 192\.0\.2\.66 \([34]\); somebody else may have written them, so they ban nobody$/,
  );
  // Nobody goes free because the witness is gone.
  rmSync(join(stage.lab.logFolder, "btmp"));
  for (let n = 0; n < 3; n++) await stage.lab.guess({ from: third });
  await stage.untilBlocked(third);
  await untilTrue(
    async () => (await flow()).some(({ evidence }) => /they still ban/.test(evidence)),
    "the loss of the witness is reported",
  );
  writeFileSync(join(stage.lab.logFolder, "btmp"), "", { mode: 0o600 });
});

test("a service that listens on another port is checked immediately", async (context) => {
  await startSyslog();
  await setSshd("");
  isRunning = true;
  stage.configure(`${config(stage.log)}ports = [22, 2222]\n`);
  await stage.start({ through: ["/bin/sh", "-c", IN_LOG_FOLDER, stage.lab.logFolder] });
  await stage.untilEvent("jail-protects");
  const path = join(stage.lab.folder, "sshd_config");
  writeFileSync(path, sshdConfig.replace("Port 2222", "Port 2022"));
  const since = performance.now();
  execFileSync("pkill", ["-HUP", "-f", path]);
  const { cause } = await stage.untilEvent("jail-degraded", {}, LOOK_MS / 2);
  context.diagnostic(`${String(cause)} after ${Math.round(performance.now() - since)} ms`);
  assert.equal(cause, "port-open");
});

/** Other traffic of a healthy host. Each step is followed by failures that btmp and the log must agree on. */
const HEALTHY: Readonly<Record<string, () => Promise<unknown>>> = {
  "sshd reads its configuration again": () => setSshd("MaxAuthTries 4\n"),
  "rsyslogd restarts": () => startSyslog(),
  "the log is rotated": async () => {
    renameSync(stage.log, `${stage.log}.1`);
    await startSyslog();
  },
  "btmp is rotated": async () => {
    await guess();
    const btmp = join(stage.lab.logFolder, "btmp");
    renameSync(btmp, `${btmp}.1`);
    writeFileSync(btmp, "", { mode: 0o660 });
  },
  "the daemon reloads": () => stage.bailiff("reload"),
  "the jail changes": async () => {
    stage.configure(config(stage.log).replace("maxretry = 100", "maxretry = 90"));
    assert.equal((await stage.bailiff("reload")).code, 0);
  },
  "the daemon restarts under attack": async () => {
    const attack = guess(3);
    await stage.stop();
    await startDaemon();
    await attack;
  },
  "logins with and without a terminal": async () => {
    for (const terminal of [[], ["-tt"]]) await connect("key", terminal);
  },
  "refused keys": async () => {
    for (let n = 0; n < 4; n++) await connect("host-key", []);
  },
  "names that do not exist": async () => {
    for (const from of INTRUDERS) await stage.lab.guess({ from, user: "nobody-here" });
  },
  "a scan": () =>
    stage.lab.run("intruder", ["python3", "-c", SCAN, INTRUDERS[0], stage.lab.host.ipv4]),
  "an exempt address": async () => {
    assert.equal((await stage.bailiff("allow", INTRUDERS[1])).code, 0);
    for (let n = 0; n < 4; n++) await stage.lab.guess({ from: INTRUDERS[1] });
  },
  "a self-test": () => stage.bailiff("verify", "sshd"),
};

/** $1: address, $2: target. Connections that end before a try, with and without a word. */
const SCAN = `
import socket, sys
for word in [b"", b"GET / HTTP/1.0\\r\\n\\r\\n", b"SSH-2.0-scan\\r\\n"] * 5:
    with socket.create_connection((sys.argv[2], 22), source_address=(sys.argv[1], 0)) as one:
        one.sendall(word)
`;

/** The visitor tries the key in this file of the lab. */
async function connect(key: string, options: readonly string[]): Promise<void> {
  const { visitor, host, folder } = stage.lab;
  const login = { kind: "key", path: join(folder, key) } as const;
  const ends = { from: visitor.ipv4, to: host.ipv4, port: 22, login };
  const [env, ...argv] = sshArgv({ enter: [], ssh: "ssh", ...ends });
  const at = argv.indexOf("ssh") + 1;
  await stage.lab.run("visitor", [`${env}`, ...argv.toSpliced(at, 0, ...options), "true"]);
}

test("on a healthy host btmp never disagrees", async (context) => {
  await startSyslog();
  await setSshd("");
  await startDaemon();
  await guess();
  const found = async (): Promise<readonly Link[]> =>
    (await flow()).filter(({ verdict }) => verdict === "found");
  const began = performance.now();
  for (const [what, happen] of Object.entries(HEALTHY)) {
    await happen();
    await guess();
    assert.deepEqual(await found(), [], what);
  }
  // Until the daemon has looked at every record that may miss its line.
  const isDone = async (): Promise<boolean> => {
    assert.deepEqual(await found(), []);
    return performance.now() - began > 60_000;
  };
  const last = performance.now();
  await untilTrue(async () => (await isDone()) && performance.now() - last > 20_000, "all is due");
  const [, logins] = await flow();
  context.diagnostic(logins?.evidence ?? "");
  assert.match(
    logins?.evidence ?? "",
    /^confirmed by btmp: (\d+) of \1 failed logins and 1 of 1 login in the last hour$/,
  );
  assert.deepEqual(stage.events("jail-failed"), []);
});
