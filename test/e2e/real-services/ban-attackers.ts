/**
 * Tests that `bailiff enable NAME` protects real servers: each runs from Debian's packages, and real clients attack it.
 *
 * A test file lists its servers (see RealService) and calls testServices. All of them run at the same time on the host of
 * one lab, each with its own address, so that each has its usual port; each has its own attacker. The test of a server:
 * `attempt` runs `maxretry` times in parallel as its attacker, and `visit` five times as the visitor, before, during and after
 * the attack. It demands that each of these commands exits with 0, that the attacker is banned for exactly that number of
 * failures, that a new connection of the attacker then gets no answer while the visitor's does, and, at
 * the end, that each jail is `protecting` and that nobody else was banned or counted.
 *
 * A server sees a default Debian 12 with its packages extracted over it. No maintainer script has run: `prepare` makes
 * the accounts (useradd), folders and data that the package would have made. What it writes is gone at the end. Its
 * /var/log is the lab's, as that of bailiff, so it logs where Debian's package does and the filter's `files` find it.
 * Its /dev/log is that of a real rsyslogd, which writes Debian's auth.log, mail.log and syslog. `attempt` and `visit`
 * see the same files, so a client may come from a package too; curl speaks HTTP, FTP, IMAP, POP3, SMTP, LDAP and SMB.
 *
 * When a test fails, its message has what the server and the clients printed and the ends of the logs. To look around:
 * put `sleep 50` at the start of `visit` and enter with `nsenter -t PID -m chroot /tmp/bailiff-lab-…/NAME/root`.
 */
import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Place } from "../../../src/demo/network.ts";
import { baseFiles, packageFiles } from "../debian-files.ts";
import { openStage, type Running, type Stage, untilTrue } from "../stage.ts";
import { startSyslog } from "./start-syslog.ts";

/**
 * In all texts, `$ADDRESS` is the address of the server, on which alone it must listen. Commands are scripts of sh -e,
 * run as root.
 */
export interface RealService {
  /** Name of the service for `bailiff enable`. */
  readonly name: string;
  /** Debian packages of the server and the clients; what they need comes too. */
  readonly packages: readonly string[];
  /** Debian's release: 12 by default; "trixie" is 13. */
  readonly suite?: "bookworm" | "trixie";
  /** The TCP port of the service. */
  readonly port: number;
  /** What counts: failed logins by default, or also abuse (`bailiff enable --abuse`). */
  readonly counts?: "logins" | "abuse";
  /** maxretry of its jail: 3 by default. */
  readonly maxretry?: number;
  /** More TOML of its jail, for a log at an unusual path: `source = …`. */
  readonly jail?: string;
  /** Names of jails that must exist beside that of the service, and protect. */
  readonly alsoProtected?: readonly string[];
  /** Further jails in `jail` that cannot be protected: name -> cause. */
  readonly unprotected?: Readonly<Record<string, string>>;
  /** Files to write: absolute path -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Runs before the server. */
  readonly prepare?: string;
  /** The server in the foreground: one command, which replaces the shell. */
  readonly run: string;
  /** One refused attempt; exit code 0 says that the server refused it. */
  readonly attempt: string;
  /** A login or request that succeeds. */
  readonly visit: string;
  /** Replaces the server by another one, such as a new container; a second attacker must then be banned too. */
  readonly replace?: string;
  /** Removes what would outlive the server's processes and mounts. */
  readonly cleanUp?: string;
}

const MAX_RETRY = 3;
const VISITS = 3;
/** For what takes a fraction of a second on an idle machine. */
const LIMIT_MS = 120_000;

/** $1: a folder for mounts, $2: folders for overlayfs, $3: the lab's folder, $4: what to add; then a program. */
const ENTER = `mounts=$1 lower=$2 lab=$3 files=$4; shift 4
mount -t tmpfs -o mode=755 tmpfs "$mounts"
cd "$mounts"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work" root
cd root
cp -R "$files/." .
: >etc/resolv.conf
echo "127.0.0.1 localhost $(hostname)" >etc/hosts
mount --bind "$lab/var-log" var/log
mount --rbind /proc proc
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty log; do : >"dev/$name"; done
for name in null zero full random urandom tty; do mount --bind "/dev/$name" "dev/$name"; done
mount --bind "$lab/dev-log" dev/log
ln -s /proc/self/fd dev/fd
mkdir -m 1777 dev/shm
exec chroot . "$@"`;

interface StartedService extends RealService {
  readonly address: string;
  /** The present attacker, and all who were banned. */
  attacker: string;
  readonly attackers: readonly string[];
  readonly server: Running;
  /** Runs a script of a client. */
  readonly client: (place: Place, script: string) => Promise<ClientEnd>;
}

type ClientEnd = Awaited<ReturnType<Stage["lab"]["run"]>>;

/** Registers the tests of a file. */
export function testServices(services: readonly RealService[]): void {
  let stage: Stage;
  let started: readonly StartedService[] = [];
  let enabled = "";

  before(async () => {
    stage = await openStage({ sshd: "none", logs: "lab", config: configuration(services) });
    await startSyslog(stage.lab);
    started = await Promise.all(services.map((service, i) => startService(stage, service, i)));
    // Some servers make their log with the first client.
    await Promise.all(started.map(untilServing));
    await stage.start();
    for (const counts of ["logins", "abuse"] as const) {
      const names = services.filter((one) => (one.counts ?? "logins") === counts);
      if (names.length === 0) continue;
      const option = counts === "abuse" ? ["--abuse"] : [];
      const { code, output } = await stage.bailiff("enable", ...option, ...names.map(nameOf));
      assert.equal(code, 0, output);
      enabled += `${output}\n`;
    }
  });

  after(async () => {
    // What cannot be removed is not the fault of what is tested.
    for (const { client, cleanUp } of started)
      if (cleanUp !== undefined) await client("host", cleanUp);
    await stage[Symbol.asyncDispose]();
  });

  describe("the attacker is banned, and the visitor is not", { concurrency: true }, () => {
    for (const [i, { name }] of services.entries()) {
      test(name, async (context) => {
        const one = started[i] ?? assert.fail();
        assert.match(
          enabled,
          new RegExp(`^${name} is enabled \\(.*\\): read from (?:/|container )`, "m"),
        );
        try {
          await attack(stage, one);
          if (one.replace !== undefined) await attackAgain(stage, one, one.replace);
        } catch (error) {
          context.diagnostic(describeTrouble(stage, one, enabled));
          throw error;
        }
      });
    }
  });

  test("every service is protected", async () => {
    const causes = new Map(services.flatMap(({ unprotected = {} }) => Object.entries(unprotected)));
    const also = services.flatMap(({ alsoProtected = [] }) => alsoProtected);
    const others = async (): Promise<readonly string[]> => {
      const { jails } = await stage.ask("status", {});
      const absent = also.filter((name) => !jails.some((jail) => jail.name === name));
      if (absent.length > 0) return absent;
      const isRight = ({ name, state, cause }: (typeof jails)[number]): boolean =>
        causes.has(name) ? cause === causes.get(name) : state === "protecting";
      return jails.filter((jail) => !isRight(jail)).map(({ name, cause }) => `${name} ${cause}`);
    };
    await untilTrue(async () => (await others()).length === 0, "all jails protect", LIMIT_MS);
  });

  test("nobody else is banned or counted", async () => {
    const subjects = (await stage.bans()).map(({ subject }) => subject);
    assert.deepEqual(subjects.toSorted(), started.flatMap(({ attackers }) => attackers).toSorted());
    const { visitor } = stage.lab;
    const { bans, watching, ignored } = await stage.ask("why", { subject: visitor.ipv4 });
    assert.deepEqual({ bans, watching, ignored }, { bans: [], watching: [], ignored: [] });
  });
}

function nameOf({ name }: RealService): string {
  return name;
}

/** No service is protected without `enable`. */
function configuration(services: readonly RealService[]): string {
  const jails = services.flatMap(({ name, maxretry, jail }) => {
    const retries = maxretry === undefined ? [] : [`maxretry = ${maxretry}`];
    const lines = [...retries, ...(jail === undefined ? [] : [jail])];
    return lines.length === 0 ? [] : [`[jails.${name}]\nenabled = false\n${lines.join("\n")}\n`];
  });
  return `[filters]
automatic = "never"

[defaults]
maxretry = ${MAX_RETRY}
findtime = "10m"
bantime = "1h"
increment = { enabled = false }

[jails.sshd]
enabled = false

${jails.join("\n")}`;
}

async function attack(stage: Stage, service: StartedService): Promise<void> {
  const { name, attacker, attempt, visit, address, port, maxretry = MAX_RETRY } = service;
  const connect = `bash -c ': </dev/tcp/${address}/${port}'`;
  await succeed(service, "intruder", connect);
  await Promise.all([
    ...Array.from({ length: maxretry }, () => succeed(service, "intruder", attempt)),
    ...Array.from({ length: VISITS }, () => succeed(service, "visitor", visit)),
  ]);
  await stage.untilEvent("ban", { jail: name, ip: attacker }, LIMIT_MS);
  await stage.untilBlocked(attacker);
  const { bans } = await stage.ask("why", { subject: attacker });
  assert.deepEqual(
    bans.map(({ jail, failures, state }) => ({ jail, failures, state })),
    [{ jail: name, failures: maxretry, state: "enforced" }],
  );
  await Promise.all([
    // 124: no answer; a refused connection would end it with 1.
    succeed(service, "intruder", `code=0; timeout 2 ${connect} || code=$?; [ $code -eq 124 ]`),
    succeed(service, "visitor", connect),
    succeed(service, "visitor", visit),
  ]);
}

async function attackAgain(stage: Stage, service: StartedService, replace: string): Promise<void> {
  const { name, server, address, port, attackers } = service;
  const before = await logOf(stage, name);
  await succeed(service, "host", replace);
  await untilListening(stage, server, `${address}:${port}`);
  await untilServing(service);
  const isReplaced = async (): Promise<boolean> => (await logOf(stage, name)) !== before;
  await untilTrue(isReplaced, `another log of ${name} than ${before}`, LIMIT_MS);
  service.attacker = attackers.at(-1) ?? assert.fail();
  await routeAttacker(stage, service);
  await attack(stage, service);
}

/** The log that the jail reads, as shown. */
async function logOf(stage: Stage, name: string): Promise<string> {
  const { jails } = await stage.ask("status", { jail: name });
  return jails[0]?.sources[0]?.where ?? "";
}

async function succeed({ client }: StartedService, place: Place, script: string): Promise<void> {
  const { ok, output, error } = await client(place, script);
  assert.ok(ok, `${script}\n${output}${error}`);
}

/** The server is up and accepts connections. */
async function startService(
  stage: Stage,
  service: RealService,
  index: number,
): Promise<StartedService> {
  const { lab } = stage;
  const address = `203.0.113.${10 + index}`;
  const attackers = [10, ...(service.replace === undefined ? [] : [110])].map(
    (first) => `192.0.2.${first + index}`,
  );
  const [attacker = ""] = attackers;
  const lower = `${packageFiles(service.packages, service.suite)}:${baseFiles()}`;
  const mounts = join(lab.folder, service.name);
  mkdirSync(mounts);
  const files = writeFiles(`${mounts}-files`, service, address);
  await addAddress(stage, address);
  await routeAttacker(stage, { address, attacker });
  const environment = ["/usr/bin/env", `ADDRESS=${address}`, "/bin/sh", "-ec"];
  const enter = ["/bin/sh", "-ec", ENTER, "sh", mounts, lower, lab.folder, files];
  const script = `${service.prepare ?? ""}\nexec ${service.run}`;
  const server = lab.start("host", [...enter, ...environment, script]);
  await untilListening(stage, server, `${address}:${service.port}`);
  const join_ = ["/usr/bin/nsenter", `--mount=/proc/${server.pid}/ns/mnt`, "/usr/sbin/chroot"];
  return {
    ...{ ...service, address, attacker, attackers, server },
    client: (place, text) => lab.run(place, [...join_, join(mounts, "root"), ...environment, text]),
  };
}

/** An engine of containers listens at a port before the server in the container does. */
async function untilServing({ client, name, visit }: StartedService): Promise<void> {
  const isServed = async (): Promise<boolean> => (await client("visitor", visit)).ok;
  await untilTrue(isServed, `${name} serves`, LIMIT_MS);
}

function writeFiles(folder: string, { files = {} }: RealService, address: string): string {
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text.replaceAll("$ADDRESS", address));
  }
  return folder;
}

async function addAddress({ lab }: Stage, address: string): Promise<void> {
  const route = ["/usr/sbin/ip", "route", "add", address, "dev", "uplink", "src"];
  for (const { ok, error } of [
    await lab.run("host", ["/usr/sbin/ip", "address", "add", `${address}/32`, "dev", "lo"]),
    await lab.run("visitor", [...route, lab.visitor.ipv4]),
  ])
    assert.ok(ok, error);
}

/** The attacker of a server is who connects to its address from the intruder's network. */
async function routeAttacker(
  { lab }: Stage,
  { address, attacker }: Pick<StartedService, "address" | "attacker">,
): Promise<void> {
  const route = ["route", "replace", address, "dev", "uplink", "src", attacker];
  const { ok, error } = await lab.run("intruder", ["/usr/sbin/ip", ...route]);
  assert.ok(ok, error);
}

async function untilListening({ lab }: Stage, server: Running, endpoint: string): Promise<void> {
  const said = (): string => `${endpoint}\n${server.lines.slice(-30).join("\n")}`;
  let end: unknown;
  void server.ended.then((how) => (end = how));
  await untilTrue(async () => {
    assert.equal(end, undefined, `the server ended: ${said()}`);
    const { output } = await lab.run("host", ["/usr/bin/ss", "-Hltn", "src", endpoint]);
    return output !== "";
  }, endpoint);
}

function describeTrouble({ lab }: Stage, service: StartedService, enabled: string): string {
  const named = enabled.match(/\/var\/log\/[^\s,]+[^\s,.]/g) ?? [];
  const paths = named.flatMap((path) => globSync(path.replace("/var/log", lab.logFolder)));
  const ends = paths.map(
    (path) => `== ${path}\n${readFileSync(path, "utf8").split("\n").slice(-12).join("\n")}`,
  );
  const server = service.server.lines.slice(-30).join("\n");
  return [enabled, `== ${service.name}`, server, ...ends].join("\n");
}
