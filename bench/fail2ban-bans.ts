/** Measures bans of fail2ban with its real server and one of its actions. */
import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type FollowedProgram, followProgram } from "./lines-of.ts";
import { countElements } from "./follow-monitor.ts";
import { type Namespace, openNamespace } from "./namespace.ts";

const SERVER = "/usr/bin/fail2ban-server";
const CLIENT = "/usr/bin/fail2ban-client";
const WITHIN_MS = 60_000;

/**
 * Restores bans from its database, with its nftables action. Returns milliseconds per ban, from the first element in the
 * kernel to the last, without the start of the server.
 */
export async function measureFail2banBan(folder: string, bans: number): Promise<number> {
  await using namespace = openNamespace("fail2ban");
  const etc = prepareFail2ban(join(folder, "fail2ban"), "nftables");
  const addresses = Array.from({ length: bans }, (_, n) => `10.9.${n >> 8}.${n & 255}`);
  {
    await using _server = await startServer(namespace, etc);
    await using counter = await countElements(namespace, bans);
    const all = counter.reached(WITHIN_MS);
    // Not execFileSync, because the server blocks if its log output is not read.
    const order = [...optionsOf(etc), "set", "sshd", "banip", ...addresses];
    await promisify(execFile)(CLIENT, order, { timeout: WITHIN_MS });
    await all;
  }
  await using counter = await countElements(namespace, bans);
  const all = counter.reached(WITHIN_MS);
  await using _server = await startServer(namespace, etc);
  const { first, last } = await all;
  return (last - first) / (bans - 1);
}

/** Copies its configuration, with one jail that uses this action. */
export function prepareFail2ban(etc: string, banaction: string): string {
  mkdirSync(etc);
  cpSync("/etc/fail2ban", etc, { recursive: true });
  const log = logOfFail2ban(etc);
  appendFileSync(log, "");
  // Replaces Debian's jail file, which would read logs of this host.
  writeFileSync(join(etc, "jail.d/defaults-debian.conf"), "");
  writeFileSync(
    join(etc, "jail.local"),
    `[DEFAULT]\nbanaction = ${banaction}\nbantime = 6h\n[sshd]\nenabled = true\nbackend = polling\nlogpath = ${log}\n`,
  );
  writeFileSync(
    join(etc, "fail2ban.local"),
    `[Definition]\nlogtarget = STDERR\nsyslogsocket = none\ndbfile = ${join(etc, "fail2ban.sqlite3")}\n`,
  );
  return etc;
}

export function logOfFail2ban(etc: string): string {
  return join(etc, "auth.log");
}

/** Returns the milliseconds of each ban but the first, from the lines in its log. `enter`: runs a program there. */
export async function timeFail2banBans(
  etc: string,
  bans: number,
  enter: (...argv: readonly string[]) => readonly string[],
): Promise<readonly number[]> {
  const times: number[] = [];
  let last: number | undefined;
  await using server = followProgram({
    argv: enter(SERVER, ...optionsOf(etc), "-f", "start"),
    stream: "stderr",
  });
  await server.first((text) => text.includes("Jail 'sshd' started"), WITHIN_MS);
  const addresses = Array.from({ length: bans }, (_, n) => `10.9.${n >> 8}.${n & 255}`);
  const all = server.first((text) => {
    // 2026-01-31 12:00:00,123 fail2ban.actions [7]: NOTICE [sshd] Ban 10.9.0.1
    const [, day = "", time = ""] = /(\S+) (\S+) .*\] Ban /.exec(text) ?? [];
    if (day === "") return false;
    const at = Date.parse(`${day}T${time.replace(",", ".")}Z`);
    if (last !== undefined) times.push(at - last);
    last = at;
    return times.length === bans - 1;
  }, WITHIN_MS);
  const order = [...optionsOf(etc), "set", "sshd", "banip", ...addresses];
  await promisify(execFile)(CLIENT, order, { timeout: WITHIN_MS });
  await all;
  return times;
}

function optionsOf(etc: string): readonly string[] {
  return ["-c", etc, "-s", join(etc, "fail2ban.sock"), "-p", join(etc, "fail2ban.pid")];
}

/** Starts its server with the configuration that `prepareFail2ban` made. */
export async function startServer(namespace: Namespace, etc: string): Promise<FollowedProgram> {
  const server = followProgram({
    argv: namespace.enter(SERVER, ...optionsOf(etc), "-f", "start"),
    stream: "stderr",
  });
  await server.first((text) => text.includes("Jail 'sshd' started"), WITHIN_MS);
  return server;
}
