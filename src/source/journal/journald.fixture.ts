/**
 * For tests: a real systemd-journald, started in a mount namespace with a private /run, so that its sockets and its
 * journal are isolated and can be reached from outside. Needs root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CONFIGURATION =
  "[Journal]\nStorage=volatile\nRateLimitBurst=0\nForwardToSyslog=no\nReadKMsg=no\nAudit=no\n";

export interface Journald extends AsyncDisposable {
  /** The folder of its journal, for `journalctl --directory`. */
  readonly directory: string;
  /** Sends one line over the syslog socket; `_COMM` is "logger". */
  log(tag: string, text: string): void;
  /** Sends many lines, as fast as possible. */
  logAll(tag: string, lines: readonly (string | Buffer)[]): void;
  /** Logs one line as a program of that name, which sets `_COMM`; returns once it is in the journal. */
  logAs(program: string, text: string): void;
  /** Starts a program of that name, which can log a line without waiting for it. */
  run(program: string): Disposable & { log(text: string): void };
  /** Sends one entry over the native socket; a newline in the text makes it a binary field. */
  logNative(tag: string, text: string): void;
  rotate(): void;
  /** Removes all archived journal files. */
  vacuum(): void;
  kill(): Promise<void>;
  /** Starts journald. `boot`, a UUID, simulates a reboot of the machine. */
  start(boot?: string): Promise<void>;
}

/** Identity of the simulated machine; by default this one's. */
export interface JournaldOptions {
  /** The boot ID, a UUID. */
  readonly boot?: string;
  /** The machine ID, as in machine-id(5). */
  readonly machine?: string;
}

export async function openJournald({ boot, machine }: JournaldOptions = {}): Promise<Journald> {
  const root = mkdtempSync(join(tmpdir(), `bailiff-journald-${process.pid}-`));
  const run = join(root, "run");
  const directory = join(run, "log/journal");
  const sockets = join(run, "systemd/journal");
  mkdirSync(directory, { recursive: true });
  mkdirSync(sockets, { recursive: true });
  writeFileSync(join(root, "journald.conf"), CONFIGURATION);
  if (machine !== undefined) writeFileSync(join(root, "machine"), `${machine}\n`);
  const syslog = join(sockets, "dev-log");
  let child: ChildProcess | undefined;

  async function start(boot?: string): Promise<void> {
    rmSync(syslog, { force: true });
    if (boot !== undefined) writeFileSync(join(root, "boot"), boot);
    const binds = [
      ["run", "/run"],
      ["journald.conf", "/etc/systemd/journald.conf"],
      ...(machine === undefined ? [] : [["machine", "/etc/machine-id"]]),
      ...(boot === undefined ? [] : [["boot", "/proc/sys/kernel/random/boot_id"]]),
    ].map(([from, to]) => `mount --bind "$1/${from}" ${to}`);
    const script = [...binds, "exec /lib/systemd/systemd-journald"].join(" && ");
    child = spawn("unshare", ["--mount", "sh", "-c", script, "sh", root], { stdio: "ignore" });
    await appearance(sockets, "dev-log");
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  function logAll(tag: string, lines: readonly (string | Buffer)[]): void {
    const newline = Buffer.from("\n");
    const input = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), newline]));
    execFileSync("logger", ["--socket", syslog, "--tag", tag], { input });
  }

  function spawnAs(program: string) {
    const path = join(root, program);
    if (!existsSync(path)) copyFileSync("/usr/bin/logger", path);
    const argv = ["--socket", syslog, "--tag", program, "--id"];
    return spawn(path, argv, { stdio: ["pipe", "ignore", "inherit"] });
  }

  function logAs(program: string, text: string): void {
    const stored = (): number =>
      execFileSync("journalctl", [`--directory=${directory}`, "--quiet", "--output=cat"])
        .toString()
        .split("\n")
        .filter((message) => message === text).length;
    const before = stored();
    // The program lives until its line is stored: journald cannot name a program that has ended.
    const { stdin } = spawnAs(program);
    stdin.write(`${text}\n`);
    const end = performance.now() + 60_000;
    while (stored() === before)
      if (performance.now() > end) throw new Error(`the journal does not store: ${text}`);
    stdin.end();
  }

  function logNative(tag: string, text: string): void {
    const message = text.split("\n").map((line) => `MESSAGE=${line}\n`);
    const input = `SYSLOG_IDENTIFIER=${tag}\n${message.join("")}`;
    execFileSync("nsenter", [`--target=${child?.pid}`, "--mount", "logger", "--journald"], {
      input,
    });
  }

  await start(boot);
  return {
    directory,
    log: (tag, text) => logAll(tag, [text]),
    logAll,
    logAs,
    run(program) {
      const { stdin } = spawnAs(program);
      return { log: (text) => stdin.write(`${text}\n`), [Symbol.dispose]: () => stdin.end() };
    },
    logNative,
    rotate: () => void child?.kill("SIGUSR2"),
    vacuum: () => {
      execFileSync("journalctl", ["--directory", directory, "--vacuum-size=1", "--quiet"]);
    },
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Resolves when the name appears in the folder; the folder must exist. */
export async function appearance(folder: string, name: string): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => {
    if (existsSync(join(folder, name))) resolve();
  });
  stop.addEventListener("abort", () => reject(new Error(`${name} did not appear in ${folder}`)));
  if (existsSync(join(folder, name))) resolve();
  try {
    await promise;
  } finally {
    watcher.close();
  }
}

/** Returns the process ids of a process's children, for tests that kill a source's child. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}
