/**
 * Starts a real message bus and a real firewalld for a test. They run in a network and a mount namespace that this
 * process enters: /run and /etc/firewalld are private, so nothing of the machine is touched, and all ends with the
 * process. Needs root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { openNativeLibrary } from "../host/kernel/native-library.ts";

export interface OwnFirewalld extends AsyncDisposable {
  /** Ends firewalld and starts it again, on the same bus. */
  restart(): Promise<void>;
  /** Ends firewalld, which removes its rules. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Returns whether it runs, and has not failed. */
  isRunning(): boolean;
}

/** Flag of a new mount namespace (linux/sched.h). */
const CLONE_NEWNS = 0x00020000;

const SOCKET = "/run/dbus/system_bus_socket";
const CONFIG = "/etc/firewalld/firewalld.conf";

/** A bus on which everything is allowed, and that starts no service by itself. */
const BUS_CONFIG = `<busconfig>
<type>system</type>
<listen>unix:path=${SOCKET}</listen>
<auth>EXTERNAL</auth>
<policy context="default">
<allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
</policy>
</busconfig>
`;

/** `backend`: what firewalld makes its rules with. Its default zone accepts everything. */
export async function startOwnFirewalld(
  backend: "nftables" | "iptables" = "nftables",
): Promise<OwnFirewalld> {
  const config = readFileSync(CONFIG, "utf8")
    .replace(/^FirewallBackend=.*/m, `FirewallBackend=${backend}`)
    .replace(/^DefaultZone=.*/m, "DefaultZone=trusted");
  await enterNamespaces(config);
  const bus = startProgram("dbus-daemon", "--config-file=/run/bus.conf", "--nofork", "--nopidfile");
  await untilTrue(() => existsSync(SOCKET), "the message bus listens");
  let firewalld: ChildProcess | undefined;
  const own: OwnFirewalld = {
    start: async () => {
      firewalld = startProgram("firewalld", "--nofork", "--nopid");
      await untilTrue(isRunning, "firewalld runs");
    },
    stop: async () => {
      await end(firewalld);
      firewalld = undefined;
    },
    isRunning,
    restart: async () => {
      await own.stop();
      await own.start();
    },
    [Symbol.asyncDispose]: async () => {
      await end(firewalld);
      await end(bus);
    },
  };
  await own.start();
  return own;
}

async function enterNamespaces(config: string): Promise<void> {
  const entered = await enterOwnNetwork();
  if (!entered.ok) throw new Error(entered.error);
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    unshare: bind("int unshare(int flags)"),
  }));
  if (!libc.ok) throw new Error(libc.error);
  if (libc.value.calls.unshare(CLONE_NEWNS) !== 0) throw new Error("cannot unshare mounts");
  mount("--make-rprivate", "/");
  for (const folder of ["/run", "/etc/firewalld"]) mount("-t", "tmpfs", "tmpfs", folder);
  execFileSync("mkdir", ["-p", "/run/dbus"]);
  writeFileSync("/run/bus.conf", BUS_CONFIG);
  writeFileSync(CONFIG, config);
  execFileSync("ip", ["link", "set", "lo", "up"]);
}

function mount(...args: readonly string[]): void {
  execFileSync("mount", [...args]);
}

/** Starts a program that ends with this process, however it ends. */
function startProgram(...argv: readonly string[]): ChildProcess {
  return spawn("setpriv", ["--pdeathsig", "KILL", ...argv], {
    stdio: ["ignore", "ignore", process.env["SHOW_PROGRAMS"] === undefined ? "ignore" : "inherit"],
  });
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function isRunning(): boolean {
  try {
    const name = "org.fedoraproject.FirewallD1";
    const args = ["get-property", name, "/org/fedoraproject/FirewallD1", name, "state"];
    return execFileSync("busctl", args, { stdio: "pipe" }).includes("RUNNING");
  } catch {
    return false;
  }
}

async function untilTrue(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`within two minutes: ${what}`);
    await wait(50);
  }
}
