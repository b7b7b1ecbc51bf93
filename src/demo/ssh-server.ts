/**
 * Runs a real sshd on the lab's host, with its own keys, account and log. A mount namespace has separate /dev/log,
 * /run, /var/log and /etc/passwd, so the machine's files are neither used nor changed.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { fail, ok, type Result } from "../domain/result.ts";
import { runProgram } from "../host/process/run-program.ts";
import { RunningProgram } from "./running-program.ts";

/** The account that can log in with `key`. */
export const ACCOUNT = "alice";
const ACCOUNT_ID = 64_001;
/** Second port of sshd, beside 22. */
export const OTHER_PORT = 2222;

export interface SshServer extends AsyncDisposable {
  /** Path of its log. */
  readonly log: string;
  /** Program that prints the lines of the log. */
  readonly lines: RunningProgram;
  /** Path of the private key of ACCOUNT. */
  readonly key: string;
}

export interface SshServerOptions {
  readonly folder: string;
  readonly log: string;
  /** Its /var/log, where it records logins. */
  readonly logFolder: string;
  /** Command prefix that runs a command in the host's network. */
  readonly enter: readonly string[];
  readonly programs: { readonly sshd: string; readonly sshKeygen: string };
  /** See LabOptions. */
  readonly replaced?: ReadonlyMap<string, string> | undefined;
}

export async function openSshServer(options: SshServerOptions): Promise<Result<SshServer, string>> {
  const { folder, log, logFolder, enter, programs, replaced = new Map<string, string>() } = options;
  const mounts = [...replaced].flatMap(([installed, other]) => [other, installed]);
  const box = await prepareBox(options);
  if (!box.ok) return box;
  const syslog = new RunningProgram({
    argv: [
      process.execPath,
      fileURLToPath(new URL("write-syslog.ts", import.meta.url)),
      join(folder, "dev-log"),
      log,
    ],
  });
  if ((await syslog.until("ready")) === undefined) {
    await syslog[Symbol.asyncDispose]();
    return fail(`the log could not be received: ${syslog.lines.at(-1)}`);
  }
  const start = (...args: readonly string[]): RunningProgram =>
    new RunningProgram({
      argv: [
        ...enter,
        "/bin/sh",
        "-c",
        BOX,
        "sh",
        folder,
        logFolder,
        ...mounts,
        "--",
        programs.sshd,
        ...args,
      ],
    });
  // Since OpenSSH 9.8, sshd itself drops connections of failed clients; the lab must show drops by the firewall.
  const penalties = ["-o", "PerSourcePenalties=no"];
  await using probe = start("-t", "-f", box.value, ...penalties);
  const known = (await probe.ended) === 0;
  const sshd = start("-D", "-f", box.value, ...(known ? penalties : []));
  const dispose = async (): Promise<void> => {
    await sshd[Symbol.asyncDispose]();
    await syslog[Symbol.asyncDispose]();
  };
  const listening = await Promise.race([syslog.until("Server listening on"), sshd.ended]);
  if (typeof listening === "string" && listening.includes("listening")) {
    return ok({ log, lines: syslog, key: join(folder, "key"), [Symbol.asyncDispose]: dispose });
  }
  await dispose();
  return fail(`sshd did not start: ${[...sshd.lines, ...syslog.lines].slice(-3).join("; ")}`);
}

/**
 * Prepares the mount namespace of sshd. $1: the lab's directory; $2: its /var/log; then pairs of files, the first
 * mounted over the second; "--"; the command. /dev is a copy of what sshd needs, because /dev/log must not appear on
 * the machine.
 */
const BOX = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for name in null zero full random urandom tty; do
  : > "$1/dev/$name"
  mount --bind "/dev/$name" "$1/dev/$name"
done
ln -s "$1/dev-log" "$1/dev/log"
mkdir "$1/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
mount --rbind "$1/dev" /dev
mount --bind "$2" /var/log
chmod 644 "$1/passwd"
for name in passwd shadow; do mount --bind "$1/$name" "/etc/$name"; done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
install -m 644 "$1/key.pub" /run/key.pub
shift 2
while [ "$1" != "--" ]; do
  mount --bind "$1" "$2"
  shift 2
done
shift
exec "$@"`;

async function prepareBox({ folder, programs }: SshServerOptions): Promise<Result<string, string>> {
  mkdirSync(join(folder, "dev"));
  for (const name of ["host-key", "key"]) {
    const made = await runProgram({
      argv: [programs.sshKeygen, "-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)],
      input: "",
      timeoutMilliseconds: 60_000,
    });
    if (!made.ok) return fail(`no keys: ${made.error}`);
  }
  const passwd = `${ACCOUNT}:x:${ACCOUNT_ID}:${ACCOUNT_ID}::/:/bin/sh\n`;
  writeFileSync(join(folder, "passwd"), readFileSync("/etc/passwd", "utf8") + passwd);
  // "*" means that no password matches and the account is not locked.
  const names = readFileSync("/etc/passwd", "utf8").match(/^[^:\n]+/gm) ?? [];
  const shadow = [...names, ACCOUNT].map((name) => `${name}:*:20000:0:99999:7:::\n`).join("");
  writeFileSync(join(folder, "shadow"), shadow, { mode: 0o600 });
  const path = join(folder, "sshd_config");
  writeFileSync(path, configuration(folder));
  return ok(path);
}

function configuration(folder: string): string {
  return `Port 22
Port ${OTHER_PORT}
HostKey ${join(folder, "host-key")}
AuthorizedKeysFile /run/key.pub
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin yes
UseDNS no
MaxStartups 200
LoginGraceTime 30
PidFile none
PrintMotd no
`;
}
