/**
 * Creates a small network for the demonstration and the end-to-end tests. A protected host, an intruder with many
 * addresses and a visitor each have their own network namespace; the host runs a real sshd and the daemon. Disposing
 * the lab removes everything it created. Needs root.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "../domain/result.ts";
import { findProgram } from "../host/process/find-program.ts";
import { type ProgramEnd, runProgram } from "../host/process/run-program.ts";
import { launcherFlags } from "./launcher-flags.ts";
import { HOST, type Network, openNetwork, type Place, VISITOR } from "./network.ts";
import { type KernelElement, readFirewall } from "./read-firewall.ts";
import { RunningProgram } from "./running-program.ts";
import { type Connection, type ConnectionTry, connectSsh, sshArgv } from "./ssh-client.ts";
import { openSshServer, type SshServer } from "./ssh-server.ts";

export interface LabOptions {
  /** "none": no sshd runs; the caller writes the log lines. */
  readonly sshd: "real" | "none";
  /** Files that replace installed files of sshd, as after an update: installed path → other file. */
  readonly replaced?: ReadonlyMap<string, string>;
  /** Which /var/log the daemon and other commands see; default: "machine". */
  readonly logs?: "machine" | "lab";
}

export interface DaemonStart {
  /** Path of the configuration. */
  readonly config: string;
  readonly onLine?: (line: string) => void;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command prefix that starts Node as another user or in another mount namespace. */
  readonly through?: readonly string[];
}

export interface Guess {
  readonly from: string;
  readonly to?: string;
  readonly user?: string;
  /** Default: 22; sshd also listens on 2222. */
  readonly port?: number;
  /** Default: the intruder. */
  readonly place?: "intruder" | "visitor";
}

export interface Lab extends AsyncDisposable {
  readonly folder: string;
  /** Path of sshd's log. */
  readonly log: string;
  readonly logLines: RunningProgram | undefined;
  /** The lab's /var/log, where sshd records logins. */
  readonly logFolder: string;
  readonly host: typeof HOST;
  readonly visitor: typeof VISITOR;
  /** Starts `bailiff run` on the host. */
  startDaemon(options: DaemonStart): RunningProgram;
  /** Runs another bailiff command on the host. */
  bailiff(config: string, ...args: readonly string[]): Promise<CommandEnd>;
  /** Makes one login attempt with a wrong password. */
  guess(guess: Guess): Promise<Connection>;
  /** Logs the visitor in with the right key. */
  logIn(to?: string): Promise<Connection>;
  /** Logs the visitor in until the program is killed. */
  stayLoggedIn(): RunningProgram;
  elements(table?: string): Promise<readonly KernelElement[]>;
  run(place: Place, argv: readonly string[], input?: string): Promise<ProgramEnd>;
  start(place: Place, argv: readonly string[], onLine?: (line: string) => void): RunningProgram;
  /** Starts another sshd that writes to the same log; the command prefix `enter` selects its network. */
  openSshd(enter: readonly string[]): Promise<Result<AsyncDisposable, string>>;
}

export interface CommandEnd {
  readonly code: number | NodeJS.Signals;
  readonly output: string;
}

/** Programs that the lab needs, each with its Debian package. */
const PACKAGES = {
  ip: "iproute2",
  nft: "nftables",
  sshd: "openssh-server",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  setpriv: "util-linux",
} as const;

const MAIN = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const COMMAND_TIMEOUT_MS = 120_000;

/** Returns why no lab can be opened on this machine, and what to do; undefined: it can. */
export function findObstacle(): { readonly reason: string; readonly fix: string } | undefined {
  if (process.getuid?.() !== 0) {
    return {
      reason: "namespaces and firewall rules need root",
      fix: "sudo bailiff demo",
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

/** Opens a lab; a failure removes everything that was created so far. */
export async function openLab(options: LabOptions): Promise<Result<Lab, string>> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) return fail(`${obstacle.reason}: ${obstacle.fix}`);
  const network = await openNetwork(program("ip"));
  if (!network.ok) return network;
  const folder = mkdtempSync(join(tmpdir(), `bailiff-lab-${process.pid}-`));
  const log = join(folder, "auth.log");
  const { logs = "machine" } = options;
  const parts = { network: network.value, folder, log, logFolder: makeLogFolder(folder), logs };
  if (options.sshd === "none") return ok(new NamespaceLab({ ...parts, ssh: undefined }));
  const programs = sshdPrograms();
  const enter = network.value.enter("host");
  const ssh = await openSshServer({ ...parts, enter, programs, replaced: options.replaced });
  if (ssh.ok) return ok(new NamespaceLab({ ...parts, ssh: ssh.value }));
  await new NamespaceLab({ ...parts, ssh: undefined })[Symbol.asyncDispose]();
  return ssh;
}

/**
 * Mounts an empty file ($0) over btmp and wtmp. A lab whose lines are partly written by hand must not be compared with
 * records of logins. `ip netns exec` has given the daemon a mount namespace.
 */
const WITHOUT_RECORDS = `for name in btmp wtmp; do
  [ ! -e "/var/log/$name" ] || mount --bind "$0" "/var/log/$name"
done
exec "$@"`;

/** Mounts the lab's log directory ($0) over /var/log. */
const WITH_LAB_LOGS = 'mount --bind "$0" /var/log; exec "$@"';

function makeLogFolder(folder: string): string {
  const made = join(folder, "var-log");
  mkdirSync(made);
  // sshd writes only to an existing btmp that other users cannot read.
  writeFileSync(join(made, "btmp"), "", { mode: 0o600 });
  for (const name of ["wtmp", "lastlog", "empty"])
    writeFileSync(join(made, name), "", { mode: 0o644 });
  return made;
}

function program(name: keyof typeof PACKAGES): string {
  return findProgram(name) ?? name;
}

function sshdPrograms(): { readonly sshd: string; readonly sshKeygen: string } {
  return { sshd: program("sshd"), sshKeygen: program("ssh-keygen") };
}

interface Parts {
  readonly network: Network;
  readonly folder: string;
  readonly log: string;
  readonly logFolder: string;
  readonly ssh: SshServer | undefined;
  readonly logs: "machine" | "lab";
}

class NamespaceLab implements Lab {
  readonly folder: string;
  readonly log: string;
  readonly logLines: RunningProgram | undefined;
  readonly logFolder: string;
  readonly host: typeof HOST = HOST;
  readonly visitor: typeof VISITOR = VISITOR;
  readonly #network: Network;
  readonly #ssh: SshServer | undefined;
  readonly #logs: "machine" | "lab";
  readonly #running = new Set<RunningProgram>();

  constructor({ network, folder, log, logFolder, ssh, logs }: Parts) {
    this.#network = network;
    this.#ssh = ssh;
    this.#logs = logs;
    this.folder = folder;
    this.log = log;
    this.logLines = ssh?.lines;
    this.logFolder = logFolder;
  }

  startDaemon({ config, through = [], args = [], ...more }: DaemonStart): RunningProgram {
    const withoutRecords = ["/bin/sh", "-c", WITHOUT_RECORDS, join(this.logFolder, "empty")];
    const logs = this.#logs === "lab" ? this.#withLabLogs() : withoutRecords;
    const enter = [...this.#network.enter("host"), ...logs, ...through];
    return this.#start([...enter, ...bailiffArgv(), "--config", config, "run", ...args], more);
  }

  async bailiff(config: string, ...args: readonly string[]): Promise<CommandEnd> {
    const logs = this.#logs === "lab" ? this.#withLabLogs() : [];
    const argv = [...this.#network.enter("host"), ...logs, ...bailiffArgv(), ...args];
    // Passed by the environment: --config would appear in the commands that screens suggest.
    const command = this.#start(argv, { env: { BAILIFF_CONFIG: config } });
    const timer = setTimeout(() => command.kill("SIGKILL"), COMMAND_TIMEOUT_MS);
    const code = await command.ended;
    clearTimeout(timer);
    return { code, output: command.lines.join("\n") };
  }

  guess({
    from,
    to = from.includes(":") ? HOST.ipv6 : HOST.ipv4,
    user = "root",
    port = 22,
    place = "intruder",
  }: Guess): Promise<Connection> {
    const login = { kind: "wrong-password", user } as const;
    return this.#connect(place, { from, to, port, login });
  }

  logIn(to: string = HOST.ipv4): Promise<Connection> {
    const from = to.includes(":") ? VISITOR.ipv6 : VISITOR.ipv4;
    return this.#connect("visitor", { from, to, port: 22, login: this.#keyLogin() });
  }

  stayLoggedIn(): RunningProgram {
    const ends = { from: VISITOR.ipv4, to: HOST.ipv4, port: 22, login: this.#keyLogin() };
    const enter = this.#network.enter("visitor");
    return this.#start([...sshArgv({ enter, ssh: program("ssh"), ...ends }), "-N"]);
  }

  elements(table = "bailiff"): Promise<readonly KernelElement[]> {
    return readFirewall([...this.#network.enter("host"), program("nft")], table);
  }

  run(place: Place, command: readonly string[], input = ""): Promise<ProgramEnd> {
    const argv = [...this.#network.enter(place), ...command];
    return runProgram({ argv, input, timeoutMilliseconds: COMMAND_TIMEOUT_MS });
  }

  start(place: Place, argv: readonly string[], onLine?: (line: string) => void): RunningProgram {
    const more = onLine === undefined ? {} : { onLine };
    return this.#start([...this.#network.enter(place), ...argv], more);
  }

  openSshd(enter: readonly string[]): Promise<Result<AsyncDisposable, string>> {
    const folder = mkdtempSync(join(this.folder, "sshd-"));
    const { log } = this;
    const logFolder = makeLogFolder(folder);
    return openSshServer({ folder, log, logFolder, enter, programs: sshdPrograms() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#running].map((one) => one[Symbol.asyncDispose]());
    await this.#ssh?.[Symbol.asyncDispose]();
    await this.#network[Symbol.asyncDispose]();
    // Last: a process that has left the group of its program keeps the output open until its namespace is removed.
    await Promise.all(ends);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #withLabLogs(): readonly string[] {
    return ["/bin/sh", "-c", WITH_LAB_LOGS, this.logFolder];
  }

  #start(argv: readonly string[], more: Omit<DaemonStart, "config"> = {}): RunningProgram {
    const env = { ...environment(), ...more.env };
    const started = new RunningProgram({ argv, env, onLine: more.onLine });
    this.#running.add(started);
    void started.ended.then(() => this.#running.delete(started));
    return started;
  }

  #connect(place: Place, attempt: Omit<ConnectionTry, "enter" | "ssh">): Promise<Connection> {
    return connectSsh({ ...attempt, enter: this.#network.enter(place), ssh: program("ssh") });
  }

  #keyLogin(): Extract<ConnectionTry["login"], { readonly kind: "key" }> {
    return { kind: "key", path: this.#ssh?.key ?? "" };
  }
}

function bailiffArgv(): readonly string[] {
  return [process.execPath, ...launcherFlags(process.execArgv), MAIN];
}

function environment(): Readonly<Record<string, string>> {
  const cache = process.env["NODE_COMPILE_CACHE"];
  return {
    // Commands wrap their output to the width of this program's terminal.
    COLUMNS: String(process.stdout.columns ?? process.env["COLUMNS"] ?? 80),
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
  };
}
