/**
 * Lists Debian packages that tests and benchmarks need, and installs missing ones. Each has its reason. Needs root, and
 * starts none of their daemons.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, unlinkSync, writeFileSync } from "node:fs";

export interface DebianPackage {
  readonly name: string;
  readonly why: string;
}

export const TEST_PACKAGES: readonly DebianPackage[] = [
  { name: "nftables", why: "the firewall itself: nft" },
  { name: "libnftables1", why: "the firewall in process" },
  { name: "iptables", why: "the firewall as many hosts still command it, in both variants" },
  { name: "ipset", why: "sets of addresses for iptables, and exported bans" },
  { name: "ufw", why: "a front end whose rules must not come before bans" },
  { name: "iproute2", why: "ip: network namespaces with an attacking and an innocent client" },
  { name: "openssh-server", why: "a real sshd to attack" },
  { name: "openssh-client", why: "ssh and ssh-keygen: real log-ins" },
  { name: "logrotate", why: "real rotations of followed logs" },
  {
    name: "rsyslog",
    why: "the syslog daemon of most hosts, whose log moves, stops and is rotated",
  },
  { name: "systemd", why: "systemd-journald, started by hand, and journalctl" },
  { name: "util-linux", why: "unshare and nsenter: namespaces of mounts" },
  { name: "nginx-light", why: "a web server that bailiff verify dials" },
  { name: "vsftpd", why: "an FTP server that it dials" },
  { name: "dovecot-imapd", why: "a mailbox server that it dials" },
  { name: "openssl", why: "a certificate for that" },
  { name: "fail2ban", why: "what a drop-in for it is held against, line by line" },
  { name: "python3", why: "the regular expressions its filters are written in" },
  { name: "debootstrap", why: "the files of a default Debian, downloaded once" },
  { name: "systemd-container", why: "systemd-nspawn, which really boots it" },
  { name: "sshpass", why: "ssh log-ins with a wrong password" },
  { name: "sqlite3", why: "the backup that the documentation shows" },
  { name: "firewalld", why: "a firewall daemon, which tests run in separate namespaces" },
  { name: "dbus-daemon", why: "the message bus that it is commanded through" },
  { name: "prometheus", why: "promtool, which judges metrics and alert rules" },
  { name: "chromium", why: "a real browser for the dashboard" },
  { name: "procps", why: "ps: what a test left running" },
];

/** Debian's maintainer scripts run this program before they start a daemon; exit code 101 forbids it. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs missing packages; returns undefined, or a sentence that says what to do if that is impossible. */
export function ensureDebianPackages(packages: readonly DebianPackage[]): string | undefined {
  if (!existsSync("/usr/bin/dpkg-query")) {
    const list = packages.map(({ name, why }) => `  ${name}: ${why}`).join("\n");
    console.error(
      `This is no Debian: make sure that these are there, by your system's names\n${list}`,
    );
    return undefined;
  }
  const missing = findMissing(packages);
  if (missing.length === 0) return undefined;
  const command = `apt-get install --no-install-recommends -y ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) {
    return `Debian packages are missing. Type: sudo apt-get update && sudo ${command}`;
  }
  console.error(`installing Debian packages: ${missing.join(" ")}`);
  installWithoutStarting(missing);
  const still = findMissing(packages);
  return still.length === 0 ? undefined : `not installed: ${still.join(" ")}. Try: ${command}`;
}

function findMissing(packages: readonly DebianPackage[]): readonly string[] {
  const names = packages.map(({ name }) => name);
  const format = "${Package} ${db:Status-Status}\\n";
  // dpkg-query exits with 1 for an unknown package, but lists the others.
  const { stdout } = spawnSync(
    "/usr/bin/dpkg-query",
    ["--show", `--showformat=${format}`, ...names],
    {
      encoding: "utf8",
    },
  );
  const installed = new Set(stdout.split("\n").filter((line) => line.endsWith(" installed")));
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** Wait for apt's lock in seconds: a new machine installs updates in the background. */
const WAIT_FOR_LOCK = ["-o", "DPkg::Lock::Timeout=600"];

function installWithoutStarting(names: readonly string[]): void {
  const withdraw = forbidStarting();
  // Synchronous, so that the policy is removed even after Ctrl-C, which apt-get receives too.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { stdio: ["ignore", 2, 2] as const satisfies readonly unknown[], env };
  try {
    execFileSync("/usr/bin/apt-get", ["update", "-qq"], { ...options, stdio: [...options.stdio] });
    execFileSync(
      "/usr/bin/apt-get",
      ["install", "--no-install-recommends", "-y", "-qq", ...WAIT_FOR_LOCK, ...names],
      { ...options, stdio: [...options.stdio] },
    );
  } finally {
    withdraw();
  }
}

/**
 * Forbids packages to start daemons; returns a function that allows it again. An existing policy of the host is kept.
 */
function forbidStarting(): () => void {
  if (existsSync(POLICY)) return () => undefined;
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755, flag: "wx" });
  return () => unlinkSync(POLICY);
}
