/**
 * Boots a default Debian 12 (journald only, sshd) with systemd-nspawn, with this checkout at /opt/bailiff, the packaged
 * unit, and a network with one client. Written files are kept over reboots, and removed at the end. Needs root and
 * overlayfs.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseFiles } from "./debian-files.ts";

export interface DebianMachine extends AsyncDisposable {
  /** Runs a program in it to its end, for at most two minutes. */
  run(...argv: readonly string[]): { readonly code: number; readonly output: string };
  /** Runs a program on its client to its end, for at most two minutes. */
  runOnClient(...argv: readonly string[]): { readonly code: number; readonly output: string };
  /** Runs a program on its client, which the caller ends. */
  startOnClient(...argv: readonly string[]): ChildProcess;
  /** Boots it again without its former firewall, and waits until it is up. */
  reboot(): Promise<void>;
  /** The folder of the host that contains its files. */
  readonly root: string;
}

export const MACHINE_ADDRESS = "192.0.2.1";
/** Addresses of its client. */
export const CLIENT_ADDRESSES = ["192.0.2.2", "192.0.2.3", "192.0.2.4"] as const;
export const ROOT_PASSWORD = "right-for-tests";

const CHECKOUT = join(import.meta.dirname, "../..");
const PREPARE = `
echo "root:$2" | chroot "$1" chpasswd
echo PermitRootLogin yes > "$1/etc/ssh/sshd_config.d/root.conf"
ln -s /opt/bailiff/bailiff "$1/usr/local/sbin/bailiff"
cp "$3"/packaging/systemd/bailiff*.service "$1/etc/systemd/system/"
mkdir -p "$1/opt/bailiff"
chroot "$1" systemctl --quiet enable ssh bailiff
`;
/**
 * $1 a folder, $2 Debian's files, $3 the checkout, $4 the network namespace, $5 the password. Exit code 133 asks for a
 * reboot, in which a real machine loses its firewall.
 */
const SCRIPT = `
mount -t tmpfs -o size=512M none "$1"; cd "$1"; mkdir upper work root
mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" root
sh -ec '${PREPARE}' sh "$1/root" "$5" "$3"
set +e
while :; do
  systemd-nspawn --quiet --directory="$1/root" --boot --register=no --keep-unit --link-journal=no \\
    --machine="bailiff-$$" --bind-ro="$3:/opt/bailiff" --network-namespace-path="/run/netns/$4" \\
    --capability=CAP_NET_ADMIN,CAP_NET_RAW --console=pipe </dev/null
  [ $? -eq 133 ] || exit
  nsenter "--net=/run/netns/$4" nft flush ruleset
done
`;
const BOOT_LIMIT_MS = 180_000;

export async function bootDebian(): Promise<DebianMachine> {
  const files = baseFiles();
  const name = `bailiff-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), `${name}-debian-`));
  const network = openNetwork(name);
  const arguments_ = [folder, files, CHECKOUT, network.machine, ROOT_PASSWORD];
  const child = spawn(
    "unshare",
    [
      "--mount",
      "--pid",
      "--fork",
      "--kill-child=KILL",
      "--mount-proc",
      "sh",
      "-ec",
      SCRIPT,
      "sh",
    ].concat(arguments_),
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });

  function run(...argv: readonly string[]): { code: number; output: string } {
    const first = firstProcess(child);
    if (first === undefined) return { code: -1, output: "it is not up" };
    return end("nsenter", ["-t", `${first}`, ..."-m -u -n -p -i -C -r -w --".split(" "), ...argv]);
  }

  const machine: DebianMachine = {
    run,
    startOnClient: (...argv) =>
      spawn("ip", ["netns", "exec", network.client, ...argv], {
        stdio: ["ignore", "pipe", "inherit"],
      }),
    runOnClient: (...argv) => end("ip", ["netns", "exec", network.client, ...argv]),
    root: join("/proc", `${child.pid}`, "root", folder, "root"),
    reboot: async () => {
      const before = firstProcess(child);
      run("systemctl", "reboot", "--no-block");
      await until(
        () => firstProcess(child) !== before,
        "it goes down",
        () => said,
      );
      await untilUp(machine, () => said);
    },
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode === null && child.signalCode === null;
      child.kill("SIGKILL");
      if (ended) await once(child, "exit");
      network.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilUp(machine, () => said);
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
  return machine;
}

interface Network {
  /** Names of network namespaces. */
  readonly machine: string;
  readonly client: string;
  close(): void;
}

function openNetwork(name: string): Network {
  const [machine, client] = [`${name}-machine`, `${name}-client`];
  const ip = (...argv: readonly string[]): void => void execFileSync("ip", argv);
  for (const namespace of [machine, client]) {
    ip("netns", "add", namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
  }
  ip(
    "-n",
    client,
    "link",
    "add",
    "eth0",
    "type",
    "veth",
    "peer",
    "name",
    "host0",
    "netns",
    machine,
  );
  ip("-n", machine, "address", "add", `${MACHINE_ADDRESS}/24`, "dev", "host0");
  for (const address of CLIENT_ADDRESSES)
    ip("-n", client, "address", "add", `${address}/24`, "dev", "eth0");
  ip("-n", machine, "link", "set", "host0", "up");
  ip("-n", client, "link", "set", "eth0", "up");
  return {
    machine,
    client,
    close: () => {
      for (const namespace of [machine, client]) ip("netns", "delete", namespace);
    },
  };
}

function end(program: string, argv: readonly string[]): { code: number; output: string } {
  const env = { PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
  const { status, stdout, stderr } = spawnSync(program, argv, {
    encoding: "utf8",
    env,
    timeout: 120_000,
  });
  return { code: status ?? -1, output: `${stdout}${stderr}` };
}

async function untilUp(machine: DebianMachine, said: () => string): Promise<void> {
  const isUp = (): boolean =>
    /^(running|degraded)/.test(machine.run("systemctl", "is-system-running").output);
  await until(isUp, "it comes up", said);
}

async function until(condition: () => boolean, what: string, said: () => string): Promise<void> {
  const limit = performance.now() + BOOT_LIMIT_MS;
  while (!condition()) {
    if (performance.now() > limit)
      throw new Error(`not within ${BOOT_LIMIT_MS} ms: ${what}; it said: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Process 1 of the machine: the first descendant that is systemd itself. */
function firstProcess({ pid }: ChildProcess): number | undefined {
  return pid === undefined ? undefined : findSystemd(pid);
}

function findSystemd(pid: number): number | undefined {
  if (read(`/proc/${pid}/comm`) === "systemd") return pid;
  for (const child of read(`/proc/${pid}/task/${pid}/children`).split(" ")) {
    const found = child === "" ? undefined : findSystemd(Number(child));
    if (found !== undefined) return found;
  }
  return undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // The process has ended.
    return "";
  }
}
