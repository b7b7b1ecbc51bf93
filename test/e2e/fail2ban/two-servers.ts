/**
 * Runs a real fail2ban and a bailiff daemon on the same fail2ban directory, each with its own socket, and the
 * unmodified client with either. Without a firewall: the jails' only action runs `true`.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { untilTrue } from "../stage.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");

export interface Printed {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

export interface Server {
  readonly socket: string;
  readonly log: string;
  /** Runs the client of Debian's package. */
  readonly ask: (...args: readonly string[]) => Promise<Printed>;
  /** Runs bailiff's client. */
  readonly askOwn: (...args: readonly string[]) => Promise<Printed>;
  /** Types commands at the prompt of Debian's client, and returns the output of each, including errors. */
  readonly type: (commands: readonly string[]) => Promise<readonly string[]>;
  readonly typeOwn: (commands: readonly string[]) => Promise<readonly string[]>;
  readonly child: ChildProcess;
}

export interface TwoServers extends AsyncDisposable {
  readonly folder: string;
  readonly real: Server;
  readonly ours: Server;
  /** A log that jail t1 reads. */
  readonly logs: readonly [string, string];
  /** Events of our daemon. */
  events(): string;
}

const FILTER = `[Definition]
failregex = ^\\s*bad login from <HOST>$
            ^\\s*worse login from <HOST>$
ignoreregex = fine
`;
const ACTION = `[Definition]
actionstart = true
actionban = true
actionunban = true
[Init]
init = 123
`;

export async function openTwoServers(): Promise<TwoServers> {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-two-${process.pid}-`));
  const conf = join(folder, "fail2ban");
  const logs = [join(folder, "a.log"), join(folder, "b.log")] as const;
  for (const part of ["filter.d", "action.d"]) mkdirSync(join(conf, part), { recursive: true });
  for (const log of logs) writeFileSync(log, "");
  const paths = (name: string) => ({
    socket: join(folder, `${name}.sock`),
    log: join(folder, `${name}.log`),
  });
  const [real, ours] = [paths("real"), paths("ours")];
  writeFileSync(join(conf, "filter.d/t.conf"), FILTER);
  writeFileSync(join(conf, "action.d/dummy.conf"), ACTION);
  writeFileSync(
    join(conf, "fail2ban.conf"),
    `[Definition]
loglevel = INFO
logtarget = ${real.log}
syslogsocket = auto
socket = ${real.socket}
pidfile = ${join(folder, "real.pid")}
dbfile = ${join(folder, "real.sqlite3")}
dbpurgeage = 1d
dbmaxmatches = 10
allowipv6 = auto
`,
  );
  writeFileSync(
    join(conf, "jail.conf"),
    `[DEFAULT]
backend = polling
findtime = 600
bantime = 600
maxretry = 3
usedns = warn
ignoreip = 127.0.0.1/8
action = dummy
filter = t
enabled = true
[t1]
logpath = ${logs[0]}
          ${logs[1]}
[t2]
logpath = ${logs[1]}
`,
  );
  mkdirSync(join(folder, "state"));
  const config = join(folder, "bailiff.toml");
  writeFileSync(
    config,
    `[daemon]
state = ${JSON.stringify(join(folder, "state"))}
socket = ${JSON.stringify(join(folder, "control.sock"))}
log_format = "json"
[fail2ban]
directory = ${JSON.stringify(conf)}
socket = ${JSON.stringify(ours.socket)}
log = ${JSON.stringify(ours.log)}
`,
  );
  let told = "";
  const realChild = spawn("/usr/bin/fail2ban-server", ["-c", conf, "-f", "start"], {
    stdio: "ignore",
    // It prints the encoding of logs as in its locale.
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  const ourChild = spawn(process.execPath, [MAIN, "--config", config, "run"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  ourChild.stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  const close = async (): Promise<void> => {
    await Promise.all([end(realChild), end(ourChild)]);
    rmSync(folder, { recursive: true });
  };
  const server = (at: { socket: string; log: string }, child: ChildProcess): Server => {
    const words = ["-c", conf, "-s", at.socket];
    const own = [MAIN, "fail2ban-client", ...words];
    return {
      ...at,
      child,
      ask: (...args) => run("/usr/bin/fail2ban-client", [...words, ...args]),
      askOwn: (...args) => run(process.execPath, [...own, ...args]),
      type: (commands) => runPrompt(["/usr/bin/fail2ban-client", ...words, "-i"], commands),
      typeOwn: (commands) => runPrompt([process.execPath, ...own, "-i"], commands),
    };
  };
  const servers = { real: server(real, realChild), ours: server(ours, ourChild) };
  try {
    for (const { ask, socket } of Object.values(servers)) {
      await untilTrue(() => existsSync(socket), `${socket} is there: ${told}`);
      await untilTrue(
        async () => (await ask("status")).out.includes("t1, t2"),
        `both jails run: ${told}`,
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { folder, ...servers, logs, events: () => told, [Symbol.asyncDispose]: close };
}

function run(program: string, args: readonly string[]): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(program, [...args], { encoding: "utf8", timeout: 180_000 }, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      resolve({ out, err, code: typeof code === "number" ? code : -1 });
    });
  });
}

async function runPrompt(
  argv: readonly string[],
  commands: readonly string[],
): Promise<readonly string[]> {
  const child = spawn("/bin/sh", ["-c", 'exec "$@" 2>&1', "sh", ...argv], {
    stdio: ["pipe", "pipe", "ignore"],
    // Otherwise errors are printed before earlier output.
    env: { ...process.env, PYTHONUNBUFFERED: "1" },
  });
  child.stdin.end([...commands, "exit"].map((command) => `${command}\n`).join(""));
  const [_greeting, ...printed] = (await text(child.stdout)).split("fail2ban> ");
  assert.equal(printed.length, commands.length + 1, printed.join("\n"));
  return printed.slice(0, -1);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const killed = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await gone;
  clearTimeout(killed);
}

/**
 * Replaces output that may differ: times, process ids, the expression of <HOST>, and the order of exempt addresses,
 * which is random in Python.
 */
export function normalize(printed: Printed | string): string {
  const text =
    typeof printed === "string" ? printed : `${printed.out}${printed.err}[${printed.code}]`;
  return (
    text
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?/g, "TIME")
      .replace(/\[\d+\]: ERROR/g, "[PID]: ERROR")
      .replace(/\(\?:\\\[\?\(\?:.*?\(\?P<dns>[^)]*\)\)/g, "<HOST>")
      .replace(/\/(?:real|ours)\.(log|sock)/g, "/server.$1")
      // `start` gives a running server 0.1 s to answer, and then says this of one that is slower, as on a busy machine.
      .replace("Fail2ban seems to be in unexpected state (not running but the socket exists)", RUNS)
      .replace(/(?<=networks are ignored:\n)(?:[|`]- .*\n)+/g, sortEntries)
  );
}

/** What `start` says of a running server. */
const RUNS = "Server already running";

function sortEntries(tree: string): string {
  return tree
    .split("\n")
    .map((line) => line.replace(/^[|`]- /, ""))
    .sort()
    .join("\n");
}

export function linesOf(path: string): readonly string[] {
  assert.ok(existsSync(path), `${path} is there`);
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
