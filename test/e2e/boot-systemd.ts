/**
 * Runs a real systemd as process 1 in its own namespaces, with this checkout at /opt/bailiff, and the host's files
 * below an overlay that takes all writes, without the logs of the host's services. Starts no services by itself;
 * disposing it removes everything. Needs root, overlayfs and a cgroup2 hierarchy (cgroups(7)).
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Machine extends AsyncDisposable {
  /** Runs a program in it to its end, for at most two minutes. */
  run(...argv: readonly string[]): { readonly code: number; readonly output: string };
  /** The path of one of its files for this process. */
  pathOf(file: string): string;
}

const ROOT = join(import.meta.dirname, "../..");
const BOOT_LIMIT_MS = 180_000;

/** $1 a folder, $2 the checkout, whose entries may be mounts (tools/open-checkout.ts), $3 the cgroup. */
const SCRIPT = `
mount -t tmpfs -o size=256M none "$1"; cd "$1"; mkdir upper work root checkout checkout-work
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root; cd root
mkdir -p opt/bailiff
for entry in "$2"/* "$2"/.[!.]*; do
  name=\${entry##*/}
  [ -d "$entry" ] || { cp -p "$entry" opt/bailiff; continue; }
  mkdir -p "opt/bailiff/$name" "../checkout/$name" "../checkout-work/$name"
  mount -t overlay overlay "opt/bailiff/$name" \\
    -o "lowerdir=$entry,upperdir=../checkout/$name,workdir=../checkout-work/$name"
done
mount -t proc proc proc; mount -t sysfs sysfs sys; mount --rbind /dev dev
mount -t cgroup2 cgroup2 sys/fs/cgroup; mount -t tmpfs none run; mount -t tmpfs none tmp
find var/log -mindepth 1 -maxdepth 1 ! -name "[bw]tmp" ! -name lastlog -exec rm -rf {} +
rm -rf var/lib/bailiff etc/bailiff etc/fstab etc/systemd/system/bailiff*
mkdir -p var/log/journal usr/local/sbin; : > var/log/auth.log; chmod 640 var/log/auth.log
ln -sfn /opt/bailiff/bailiff usr/local/sbin/bailiff
for unit in bailiff.service bailiff-restore.service bailiff-web.service; do
  ln -sfn "/opt/bailiff/packaging/systemd/$unit" "etc/systemd/system/$unit"
done
echo 4aa8d3d5f1c04f6c8a7d3c7c6c1b0f5e > etc/machine-id
mkdir old; pivot_root . old; umount -l /old
ip link set lo up
container=other exec /lib/systemd/systemd --unit=basic.target systemd.unified_cgroup_hierarchy=1
`;

export async function bootSystemd(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-systemd-${process.pid}-`));
  const cgroup = join(cgroup2(), `bailiff-${process.pid}`);
  mkdirSync(cgroup);
  const enter = `echo $$ > "$3/cgroup.procs"; exec unshare --kill-child=KILL --fork --propagation private -m -p -n -u -i -C sh -ec '${SCRIPT}' sh "$1" "$2" "$3"`;
  const child = spawn("sh", ["-ec", enter, "sh", folder, ROOT, cgroup], { stdio: "ignore" });
  const machine: Machine = {
    run: (...argv) => {
      const inside = ["-t", String(firstProcess(child)), ..."-m -u -n -p -i -C -r -w".split(" ")];
      const env = { PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
      const end = spawnSync("nsenter", [...inside, "--", ...argv], {
        encoding: "utf8",
        env,
        timeout: 120_000,
      });
      return { code: end.status ?? -1, output: `${end.stdout}${end.stderr}` };
    },
    pathOf: (file) => `/proc/${firstProcess(child)}/root${file}`,
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode === null && child.signalCode === null;
      child.kill("SIGKILL");
      if (ended) await once(child, "exit");
      await removeCgroup(cgroup);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilBooted(child, machine);
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
  return machine;
}

async function untilBooted(child: ChildProcess, machine: Machine): Promise<void> {
  const end = performance.now() + BOOT_LIMIT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`systemd ended with ${child.exitCode}`);
    // Until systemd is ready, it answers "offline" or cannot be reached.
    const state =
      firstProcess(child) === undefined ? "" : machine.run("systemctl", "is-system-running").output;
    if (/^(running|degraded)/.test(state)) return;
    if (performance.now() > end) throw new Error(`systemd does not come up: ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The one child of unshare: process 1 of the machine. */
function firstProcess({ pid }: ChildProcess): number | undefined {
  if (pid === undefined) return undefined;
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return first === undefined || first === "" ? undefined : Number(first);
}

function cgroup2(): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const place = mounts.map((line) => line.split(" ")).find(([, , type]) => type === "cgroup2")?.[1];
  if (place === undefined) throw new Error("no cgroup2 hierarchy is mounted");
  return place;
}

/** The folders of a cgroup can only be removed innermost first, after the last process has ended. */
async function removeCgroup(path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      removeTree(path);
      return;
    } catch (error) {
      if (tries === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function removeTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(path, entry.name));
  }
  rmdirSync(path);
}
