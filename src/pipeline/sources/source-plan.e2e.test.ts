/** Lines of a local account's process named sshd do not count: real journald, real processes, the shipped filter. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { openJournald } from "../../source/journal/journald.fixture.ts";
import { readJournalHistory } from "../../source/journal/journal-history.ts";
import { loadFilters } from "../../jails/load-filters.ts";
import { acceptsOf } from "./source-plan.ts";

const LINE = (ip: string): string => `Failed password for root from ${ip} port 40022 ssh2`;

test("journal: only root's sshd is trusted, for any process name", async () => {
  await using journald = await openJournald();
  const run = join(journald.directory, "../..");
  const socket = join(run, "systemd/journal/dev-log");
  // The account must reach the socket, as it can on any host.
  for (let folder = dirname(socket); folder.startsWith(dirname(run)); folder = dirname(folder))
    chmodSync(folder, 0o755);
  chmodSync(socket, 0o666);
  const bin = join(run, "bin");
  mkdirSync(bin);
  // A process has the name of its file.
  for (const name of ["sshd", "sshd-session"]) copyFileSync("/usr/bin/logger", join(bin, name));

  const stored = (): string =>
    execFileSync("journalctl", [`--directory=${journald.directory}`, "--quiet", "--output=cat"], {
      encoding: "utf8",
    });

  /** The process runs until its line is stored, because journald cannot name an ended process. */
  async function say(uid: number, name: string, text: string): Promise<void> {
    const logger = [join(bin, name), "--socket", socket, "--tag", name, "--id"];
    const account = ["--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
    const program = spawn("setpriv", [...account, ...logger], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    const ended = once(program, "exit");
    program.stdin.write(`${text}\n`);
    const deadline = performance.now() + 60_000;
    while (!stored().includes(text)) assert.ok(performance.now() < deadline, text);
    program.stdin.end();
    await ended;
  }
  await say(1000, "sshd", LINE("203.0.113.1"));
  await say(1000, "sshd-session", LINE("203.0.113.2"));
  await say(33, "sshd", LINE("203.0.113.3"));
  await say(65_534, "sshd", LINE("203.0.113.4"));
  await say(0, "sshd", LINE("192.0.2.7"));
  await say(0, "sshd-session", LINE("192.0.2.8"));

  const { filters } = await loadFilters([]);
  const matches = (filters.get("sshd")?.journal ?? []).map((match) => match.split(" "));
  const read = async (which: readonly (readonly string[])[]): Promise<readonly string[]> => {
    const accepts = acceptsOf({ kind: "journal", matches: which, directory: journald.directory });
    const found: string[] = [];
    const { signal } = new AbortController();
    const options = { matches: which, directory: journald.directory, since: instant(0), signal };
    for await (const { text, fields } of readJournalHistory(options)) {
      const lines = text.split("\n");
      for (const [i, one] of (fields ?? []).entries())
        if (accepts?.(one) === true) found.push(/from (\S+)/.exec(lines[i] ?? "")?.[1] ?? "");
    }
    return found;
  };
  assert.deepEqual(await read(matches), ["192.0.2.7", "192.0.2.8"]);
  // As fail2ban's journalmatch has it.
  const unproven = [["_SYSTEMD_UNIT=sshd.service"], ["_COMM=sshd"], ["_COMM=sshd-session"]];
  assert.deepEqual(await read(unproven), ["192.0.2.7", "192.0.2.8"]);
  const named = [["SYSLOG_IDENTIFIER=sshd", "SYSLOG_IDENTIFIER=sshd-session"]];
  assert.deepEqual(await read(named), ["192.0.2.7", "192.0.2.8"]);
});
