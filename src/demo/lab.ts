/**
 * A small network to try bailiff in, used by the demonstration and the end-to-end tests: a host to protect, an intruder
 * with many addresses and a visitor, each in a network namespace of its own; a real sshd on the host; the daemon as
 * users start it. Owns all of it, and a scratch folder; disposing removes every trace. Needs root.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "../domain/result.ts";
import { findProgram } from "../host/process/find-program.ts";
import { type ProgramEnd, runProgram } from "../host/process/run-program.ts";
import { launcherFlags } from "./launcher-flags.ts";
import { HOST, type Network, openNetwork, type Place, VISITOR } from "./network.ts";
import { type KernelElement, readFirewall } from "./read-firewall.ts";
import { type RunningProgram, startProgram } from "./running-program.ts";
import { type Connection, type ConnectionTry, connectSsh, sshArgv } from "./ssh-client.ts";
import { openSshServer, type SshServer } from "./ssh-server.ts";

export interface LabOptions {
  /** "none" for who writes log lines himself. */
  readonly sshd: "real" | "none";
  /** Files that sshd finds in place of the installed ones, as after an update: installed path -> other file. */
  readonly replaced?: ReadonlyMap<string, string>;
}

export interface DaemonStart {
  /** The configuration file. */
  readonly config: string;
  readonly onLine?: (line: string) => void;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Put between the namespace and Node: another user, another mount. */
  readonly through?: readonly string[];
}

export interface Guess {
  readonly from: string;
  readonly to?: string;
  readonly user?: string;
  /** 22 unless said; sshd also listens on 2222. */
  readonly port?: number;
  /** Who guesses: the intruder unless said. */
  readonly place?: "intruder" | "visitor";
}

export interface Lab extends AsyncDisposable {
  readonly folder: string;
  /** Where sshd's log is written, and its lines as they come. */
  readonly log: string;
  readonly logLines: RunningProgram | undefined;
  readonly host: typeof HOST;
  readonly visitor: typeof VISITOR;
  /** Starts `bailiff run` on the host. */
  startDaemon(options: DaemonStart): RunningProgram;
  /** Runs another bailiff command on the host. */
  bailiff(config: string, ...args: readonly string[]): Promise<CommandEnd>;
  /** One attempt with a wrong password. */
  guess(guess: Guess): Promise<Connection>;
  /** The visitor logs in with the right key. */
  logIn(to?: string): Promise<Connection>;
  /** … and stays, until it is killed. */
  stayLoggedIn(): RunningProgram;
  elements(table?: string): Promise<readonly KernelElement[]>;
  run(place: Place, argv: readonly string[], input?: string): Promise<ProgramEnd>;
  start(place: Place, argv: readonly string[], onLine?: (line: string) => void): RunningProgram;
  /** Another sshd, that logs to the same log; `enter` is put before a command so that it runs in its network. */
  openSshd(enter: readonly string[]): Promise<Result<AsyncDisposable, string>>;
}

export interface CommandEnd {
  readonly code: number | NodeJS.Signals;
  readonly output: string;
}

/** What the lab needs, each with the Debian package it comes in. */
const PACKAGES = {
  ip: "iproute2",
  nft: "nftables",
  sshd: "openssh-server",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  setpriv: "util-linux",
} as const;

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const LIMIT_MS = 60_000;

/** Why there can be no lab here, and what to do about it; undefined when there can. */
export function findObstacle(): { readonly reason: string; readonly fix: string } | undefined {
  if (process.getuid?.() !== 0) {
    return {
      reason: "namespaces and firewall rules need root",
      fix: "sudo npm run demo",
    };
  }
  const missing = Object.entries(PACKAGES).filter(([name]) => findProgram(name) === undefined);
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map(([, name]) => name))];
  return {
    reason: `not installed: ${missing.map(([name]) => name).join(", ")}`,
    fix: `apt-get install --no-install-recommends ${packages.join(" ")}`,
  };
}

/** Everything made so far is removed again when it fails. */
export async function openLab(options: LabOptions): Promise<Result<Lab, string>> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) return fail(`${obstacle.reason}: ${obstacle.fix}`);
  const network = await openNetwork(program("ip"));
  if (!network.ok) return network;
  const folder = mkdtempSync(join(tmpdir(), `bailiff-lab-${process.pid}-`));
  const log = join(folder, "auth.log");
  const running = new Set<RunningProgram>();
  const parts = { network: network.value, folder, log, running };
  if (options.sshd === "none") return ok(labOf({ ...parts, ssh: undefined }));
  const programs = { sshd: program("sshd"), sshKeygen: program("ssh-keygen") };
  const enter = network.value.enter("host");
  const ssh = await openSshServer({ folder, log, enter, programs, replaced: options.replaced });
  if (ssh.ok) return ok(labOf({ ...parts, ssh: ssh.value }));
  await labOf({ ...parts, ssh: undefined })[Symbol.asyncDispose]();
  return ssh;
}

function program(name: keyof typeof PACKAGES): string {
  return findProgram(name) ?? name;
}

function hostAddress(from: string): string {
  return from.includes(":") ? HOST.ipv6 : HOST.ipv4;
}

interface Parts {
  readonly network: Network;
  readonly folder: string;
  readonly log: string;
  readonly ssh: SshServer | undefined;
  readonly running: Set<RunningProgram>;
}

function labOf({ network, folder, log, ssh, running }: Parts): Lab {
  const node = [process.execPath, ...launcherFlags(process.execArgv)];
  const cache = process.env["NODE_COMPILE_CACHE"];
  const environment = {
    // What a command prints is shown where this program prints.
    COLUMNS: String(process.stdout.columns ?? process.env["COLUMNS"] ?? 80),
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
  };

  function start(argv: readonly string[], more: Omit<DaemonStart, "config"> = {}): RunningProgram {
    const started = startProgram({
      argv,
      env: { ...environment, ...more.env },
      onLine: more.onLine,
    });
    running.add(started);
    void started.ended.then(() => running.delete(started));
    return started;
  }

  async function bailiff(config: string, ...args: readonly string[]): Promise<CommandEnd> {
    const asked = start([...network.enter("host"), ...node, MAIN, "--config", config, ...args]);
    const timer = setTimeout(() => asked.kill("SIGKILL"), LIMIT_MS);
    const code = await asked.ended;
    clearTimeout(timer);
    return { code, output: asked.lines.join("\n") };
  }

  function connect(place: Place, attempt: Omit<ConnectionTry, "enter" | "ssh">) {
    return connectSsh({ ...attempt, enter: network.enter(place), ssh: program("ssh") });
  }

  return {
    folder,
    log,
    logLines: ssh?.lines,
    host: HOST,
    visitor: VISITOR,
    startDaemon: ({ config, through = [], args = [], ...more }) =>
      start(
        [...network.enter("host"), ...through, ...node, MAIN, "--config", config, "run", ...args],
        more,
      ),
    bailiff,
    guess: ({ from, to = hostAddress(from), user = "root", port = 22, place = "intruder" }) =>
      connect(place, { from, to, port, login: { kind: "wrong-password", user } }),
    logIn: (to = HOST.ipv4) =>
      connect("visitor", {
        from: to.includes(":") ? VISITOR.ipv6 : VISITOR.ipv4,
        to,
        port: 22,
        login: { kind: "key", path: ssh?.key ?? "" },
      }),
    stayLoggedIn: () => {
      const login = { kind: "key", path: ssh?.key ?? "" } as const;
      const ends = { from: VISITOR.ipv4, to: HOST.ipv4, port: 22 };
      const enter = network.enter("visitor");
      return start([...sshArgv({ enter, ssh: program("ssh"), ...ends, login }), "-N"]);
    },
    elements: (table = "bailiff") =>
      readFirewall([...network.enter("host"), program("nft")], table),
    run: (place, argv, input = "") =>
      runProgram({
        argv: [...network.enter(place), ...argv],
        input,
        timeoutMilliseconds: LIMIT_MS,
      }),
    start: (place, argv, onLine) =>
      start([...network.enter(place), ...argv], onLine === undefined ? {} : { onLine }),
    openSshd: (enter) => {
      const own = mkdtempSync(join(folder, "sshd-"));
      const programs = { sshd: program("sshd"), sshKeygen: program("ssh-keygen") };
      return openSshServer({ folder: own, log, enter, programs });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...running].map((one) => one[Symbol.asyncDispose]()));
      await ssh?.[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
