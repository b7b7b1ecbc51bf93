/** Common properties of all screens: width, times and colors; and that screens do not contradict each other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fuzzSample } from "../fuzz-rounds.ts";
import { failures, openStage, type Stage } from "./stage.ts";
import { openTerminalProgram, type TerminalProgram } from "./terminal-program.ts";

let stage: Stage;

before(async () => {
  stage = await openStage({ sshd: "none" });
  await stage.start();
  stage.write(failures("192.0.2.7", 3));
  await stage.untilBlocked("192.0.2.7");
  await screen("unban 192.0.2.7 --reason oops");
  stage.write(failures("192.0.2.8", 3));
  await stage.untilBlocked("192.0.2.8");
  await screen("allow 192.0.2.8");
  stage.write(failures("192.0.2.9", 3));
  await stage.untilBlocked("192.0.2.9");
  stage.write(failures("192.0.2.10", 1));
  await stage.untilEvent("failure", { ip: "192.0.2.10" });
  await screen("ban 198.51.100.0/24 --for forever");
});

after(() => stage[Symbol.asyncDispose]());

const BAILIFF = join(import.meta.dirname, "../../bailiff");

/** Ignores the exit code: a jail without sshd does not protect. */
async function screen(
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const argv = ["sh", BAILIFF, "--config", stage.config, ...command.split(" ")];
  const { output, error } = await stage.lab.run("host", [
    "/usr/bin/env",
    "-u",
    "COLUMNS",
    ...set,
    ...argv,
  ]);
  return output + error;
}

/** … on a terminal of so many columns. */
async function onTerminal(command: string, columns: number): Promise<string> {
  const typed = `stty cols ${columns}; unset COLUMNS; sh ${BAILIFF} --config ${stage.config} ${command}`;
  const argv = ["script", "-qec", typed, "/dev/null"];
  const { output, error } = await stage.lab.run("host", ["/usr/bin/env", ...argv]);
  return (output + error).replaceAll("\r\n", "\n").replaceAll(/\u001b\[\d+m/g, "");
}

/** Lines that are too long, except a single long word, such as a path, or setting, which must stay complete. */
function tooLong(text: string, width: number): readonly string[] {
  return text
    .split("\n")
    .filter(
      (line) => [...line].length > width && /\S +\S/.test(line.trim()) && !SETTING.test(line),
    );
}

const SETTING = /^ *[\w-]+ = [{[].*[}\]]\S*$/;

const WRAPPED = [
  "status",
  "status sshd",
  "doctor",
  "assess",
  "verify",
  "drift",
  "why 192.0.2.7",
  "why 192.0.2.9",
  "why 192.0.2.10",
  "why 198.51.100.3",
  "ban 192.0.2.99",
  "allow 192.0.2.98",
  "breaker",
  "report",
  "bans",
  "history",
  "history --audit",
  "history 198.51.100.0/24",
  "allow",
  "version",
  "check",
  "help",
  "help ban",
  "help breaker",
];

test("no screen is wider than the terminal, or 80 columns", async (t) => {
  const screens = [
    ...WRAPPED.map((command) => [command, 60] as const),
    ...fuzzSample(WRAPPED, 4).map((command) => [command, 80] as const),
  ];
  for (const [command, columns] of screens)
    await t.test(`${command}, ${columns} columns`, async () => {
      const text = await onTerminal(command, columns);
      assert.notEqual(text.trim(), "", command);
      assert.deepEqual(tooLong(text, columns), [], text);
    });
  const { log } = stage;
  for (const command of [`scan --filter sshd ${log}`, "why nonsense", `scan --filter nope ${log}`])
    assert.deepEqual(tooLong(await onTerminal(command, 60), 60), [], command);
  const wide = await screen("why 192.0.2.9", { COLUMNS: "200" });
  assert.ok(
    wide.split("\n").some((line) => line.length > 90),
    wide,
  );
});

test("in a pipe a row of a list is one line, and --json also works at a terminal", async () => {
  const { length } = await stage.ask("history", { limit: 50 });
  const lines = (await screen("history", { COLUMNS: "60" })).trim().split("\n");
  assert.equal(lines.length, length + 1, lines.join("\n"));
  assert.ok(lines.some((line) => line.length > 80));
  const json = await onTerminal("history --json", 60);
  assert.equal(JSON.parse(json).length, length);
  assert.equal(json.trim().split("\n").length, 1);
});

test("all times of a screen are in the reader's zone", async () => {
  for (const command of [
    "why 192.0.2.9",
    "history --audit",
    "history",
    "doctor",
    "bans",
    "status",
  ]) {
    const text = await screen(command, { TZ: "Asia/Kolkata" });
    assert.doesNotMatch(text, /\d\d:\d\d:\d\d(?:\.\d+)?Z|UTC/, command);
  }
  const [utc, kolkata] = [
    await screen("why 192.0.2.9", { TZ: "UTC" }),
    await screen("why 192.0.2.9", { TZ: "Asia/Kolkata" }),
  ];
  const untilOf = (text: string) =>
    /banned by sshd until (?:\w+ \d+ )?(\d\d):(\d\d)/.exec(text)?.slice(1);
  const [[h1 = 0, m1 = 0] = [], [h2 = 0, m2 = 0] = []] = [utc, kolkata].map((text) =>
    untilOf(text)?.map(Number),
  );
  assert.equal((h2 * 60 + m2 - h1 * 60 - m1 + 1440) % 1440, 330, `${utc}\n${kolkata}`);
});

test("why and history agree on who lifted a ban and on what is active", async () => {
  const said = [
    ["192.0.2.7", /lifted by root \(uid 0\): oops/],
    ["192.0.2.8", /lifted by root \(uid 0\): allowed/],
  ] as const;
  for (const [address, ending] of said)
    for (const command of ["why", "history"])
      assert.match(await screen(`${command} ${address}`, { COLUMNS: "200" }), ending, command);
  assert.match(await screen("history --audit 192.0.2.8"), /unban +root \(uid 0\)/);
  for (const address of ["192.0.2.9", "198.51.100.3", "198.51.100.0/24"]) {
    const { bans } = JSON.parse(await screen(`why ${address} --json`));
    const text = await screen(`history ${address}`);
    assert.equal(bans.length, 1);
    assert.match(
      text,
      new RegExp(`${bans[0].subject} is banned now (?:by hand|by ${bans[0].jail}), `),
      text,
    );
  }
  assert.doesNotMatch(await screen("history 192.0.2.7"), /banned now/);
  assert.match(await screen("why 198.51.100.3"), /banned by hand permanently/);
});

test("FORCE_COLOR and NO_COLOR turn colors on and off", async () => {
  const colored = (text: string) => text.includes("\u001b[");
  assert.ok(!colored(await screen("status")));
  assert.ok(colored(await screen("status", { FORCE_COLOR: "1" })));
  assert.ok(colored(await screen("status", { FORCE_COLOR: "1", NO_COLOR: "1" })));
  assert.ok(!colored(await screen("status", { FORCE_COLOR: "0" })));
  // A screen without ages, whose length could change, and whose first line has 40 characters.
  const plain = await screen("why 192.0.2.7", { NO_COLOR: "1", COLUMNS: "40" });
  const painted = await screen("why 192.0.2.7", { FORCE_COLOR: "1", COLUMNS: "40" });
  assert.ok(!colored(plain) && colored(painted));
  assert.equal(painted.split("\n").length, plain.split("\n").length, "colors take no room");
});

/** Enters and leaves the alternate screen. */
const ENTERED = "\u001b[?1049h";
const LEFT = "\u001b[?7h\u001b[?25h\u001b[?1049l";

/** Starts `top` in a shell, which prints its process id, its exit code, and the terminal's settings before and after. */
function startTop(): Promise<TerminalProgram> {
  const top = `exec sh ${BAILIFF} --config ${stage.config} top`;
  const command = `echo "before=$(stty -g)"; sh -c 'echo pid=$$; ${top}'; echo "end=$?"; echo "after=$(stty -g)"`;
  return openTerminalProgram(command, { TERM: "xterm", NO_COLOR: "1" });
}

async function assertRestored(terminal: TerminalProgram, end: number): Promise<void> {
  const [, after] = await terminal.until(/after=(\S+)\r\n/);
  const { output } = terminal;
  assert.match(output, new RegExp(`end=${end}\\r\\n`));
  assert.equal(/before=(\S+)\r\n/.exec(output)?.[1], after, "settings of the terminal");
  assert.ok(output.lastIndexOf(LEFT) > output.lastIndexOf(ENTERED), "left the alternate screen");
}

test("top shows a ban as it happens, follows the size, and lifts the ban after y", async () => {
  await using terminal = await startTop();
  await terminal.until(/rows 1-\d+ of \d+/);
  stage.write(failures("192.0.2.77", 3));
  await terminal.until(/192\.0\.2\.77 +sshd +banned /);
  terminal.resize(100, 30);
  await terminal.until(/\u001b\[30;1H/);
  terminal.type("/192.0.2.77\r");
  await terminal.until(/rows 1-1 of 1, sorted by last, filter: 192\.0\.2\.77/);
  terminal.type("\r");
  await terminal.until(/bailiff why 192\.0\.2\.77[^]*evidence[^]*Failed password/);
  terminal.type("q");
  await terminal.until(/rows 1-1 of 1/, terminal.output.length);
  terminal.type("u");
  await terminal.until(/lift the ban of 192\.0\.2\.77 in sshd\? y\/n/);
  assert.ok((await stage.blocked()).includes("192.0.2.77"), "nothing is lifted before the answer");
  terminal.type("y");
  await terminal.until(/lifted the ban of 192\.0\.2\.77/);
  await stage.untilFree("192.0.2.77");
  terminal.type("q");
  await assertRestored(terminal, 0);
  const [past] = await stage.ask("history", { subject: "192.0.2.77", limit: 1 });
  assert.match(past?.by ?? "", /^root/);
});

test("top gives the terminal back after a signal, and when the daemon ends", async () => {
  await using killed = await startTop();
  await using lost = await startTop();
  for (const terminal of [killed, lost]) await terminal.until(/rows /);
  const [, pid] = await killed.until(/pid=(\d+)\r\n/);
  process.kill(Number(pid), "SIGTERM");
  await assertRestored(killed, 143);
  await stage.stop();
  await assertRestored(lost, 69);
  assert.match(lost.output.slice(lost.output.lastIndexOf(LEFT)), /the daemon/);
});

test("top without a terminal names the commands to use instead", async () => {
  assert.match(
    await screen("top"),
    /this needs a full-screen terminal: no terminal\n.* follow prints events/,
  );
});
