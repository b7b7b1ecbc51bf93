/**
 * Runs the demonstration's daemon under a steady attack, with its dashboard for a browser on this machine. Ends when
 * `signal` aborts, or when a program of it cannot start.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "../../../demo/lab.ts";
import { launcherFlags } from "../../../demo/launcher-flags.ts";
import { RunningProgram } from "../../../demo/running-program.ts";
import { sleep } from "../../../host/timers.ts";
import { readUptime } from "../../../host/uptime.ts";
import { signGrant } from "../../../web/login/login-links.ts";
import { readRunning } from "../../../web/runtime-file.ts";
import { safe, type Terminal } from "../../terminal.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** User and group "nobody" of Debian, which own nothing. */
const NOBODY = 65_534;
const USERS = ["root", "admin", "oracle", "test", "ubuntu", "postgres"];
/** Milliseconds between two attempts. */
const PACE_MS = 1500;

export async function showDashboard(
  lab: Lab,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  // The dashboard's user must reach the socket and its own directory.
  chmodSync(lab.folder, 0o711);
  const socket = join(lab.folder, "bailiff.sock");
  const daemon = lab.startDaemon({
    config: writeConfig(lab, socket),
    onLine: (line) => terminal.show(`  bailiff | ${safe(line)}`),
  });
  if ((await daemon.until("reads ")) === undefined) return;
  const runtime = join(lab.folder, "web");
  await using web = startWeb({ folder: lab.folder, runtime, socket });
  if ((await web.until("The dashboard listens")) === undefined) {
    for (const line of web.lines) terminal.complain(safe(line));
    return;
  }
  const { url, key } = readRunning(runtime);
  const link = signGrant(key, { name: "demo", role: "operator" }, readUptime());
  terminal.show("\nThe dashboard is open to this machine. Log in within five minutes, once:\n");
  terminal.print(`${url}/login#${link}`);
  terminal.show(
    "\nAn intruder guesses passwords until you press Ctrl-C, which removes everything.\n",
  );
  for (let n = 0; !signal.aborted; n++) {
    // Each address makes a few attempts before the next one continues.
    const from = `192.0.2.${2 + (Math.floor(n / 4) % 250)}`;
    await lab.guess({ from, user: USERS[n % USERS.length] ?? "root" });
    await sleep(PACE_MS, signal);
  }
}

function writeConfig(lab: Lab, socket: string): string {
  const path = join(lab.folder, "bailiff.toml");
  const quote = JSON.stringify;
  writeFileSync(
    path,
    `[daemon]
state = ${quote(join(lab.folder, "state"))}
socket = ${quote(socket)}
socket_group = "${NOBODY}"
socket_operator = "nobody"

[jails.sshd]
source = { file = [${quote(lab.log)}] }
`,
  );
  return path;
}

function startWeb(places: {
  readonly folder: string;
  readonly runtime: string;
  readonly socket: string;
}): RunningProgram {
  const { folder, runtime, socket } = places;
  mkdirSync(runtime, { mode: 0o700 });
  chownSync(runtime, NOBODY, NOBODY);
  const settings = join(folder, "web.toml");
  writeFileSync(settings, 'listen = "127.0.0.1:0"\n');
  chmodSync(settings, 0o644);
  // A change of the user clears the signal that ends it with this process, so it is set after that.
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--pdeathsig", "KILL"];
  const node = [process.execPath, ...launcherFlags(process.execArgv), MAIN];
  return new RunningProgram({
    argv: ["/usr/bin/setpriv", ...user, ...node, "--socket", socket, "web", "--settings", settings],
    env: { RUNTIME_DIRECTORY: runtime },
  });
}
