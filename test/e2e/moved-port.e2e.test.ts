/** A change of the port of a real sshd is checked immediately. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { openStage, type Running, type Stage, untilTrue } from "./stage.ts";

const INTRUDERS = ["192.0.2.21"] as const;
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
