/**
 * Runs the demonstration step by step. Each step yields findings, which are true only if they were observed in the
 * clients' answers or in the kernel; the daemon's own claim is not enough.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../../host/process/find-program.ts";
import { nextTurn } from "../../../host/timers.ts";
import type { Lab } from "../../../demo/lab.ts";
import { safe, type Terminal } from "../../terminal.ts";

export interface Finding {
  readonly seen: boolean;
  readonly what: string;
}

type Answer = Awaited<ReturnType<Lab["guess"]>>;

const INTRUDER = "192.0.2.7";
const USERS = ["root", "admin", "test", "ubuntu", "root"];
/** Number of guesses after which the missing ban is a failure; more than maxretry. */
const MAX_GUESSES = 8;
const KERNEL_MS = 10_000;

interface Scene {
  readonly lab: Lab;
  readonly terminal: Terminal;
  readonly config: string;
  readonly daemon: ReturnType<Lab["startDaemon"]>;
}

/** A step that later steps need; returns false if the demonstration must end after it. */
type RequiredStep = AsyncGenerator<Finding, boolean>;
type Step = AsyncGenerator<Finding, void>;

export async function* tellStory(lab: Lab, terminal: Terminal): Step {
  const scene = setUp(lab, terminal);
  if (!(yield* awaitStart(scene))) return;
  if (!(yield* attackUntilBanned(scene))) return;
  yield* attackAgain(scene);
  yield* logInAsVisitor(scene);
  yield* askWhy(scene);
  yield* flushFirewall(scene);
  yield* verify(scene);
  yield* unban(scene);
  yield* stopDaemon(scene);
}

function setUp(lab: Lab, terminal: Terminal): Scene {
  const config = writeConfig(lab);
  const { host, visitor } = lab;
  showHeading(terminal, "1. The set-up");
  for (const line of [
    `  host      ${host.ipv4}    a real sshd, and bailiff with its defaults: ban at 5 failures,`,
    "                           and a second or third user that does not exist counts twice",
    `  intruder  ${INTRUDER}      guesses passwords`,
    `  visitor   ${visitor.ipv4}  logs in with the right key`,
  ])
    terminal.show(line);
  const daemon = lab.startDaemon({
    config,
    onLine: (line) => terminal.show(formatLogLine(line, terminal)),
  });
  return { lab, terminal, config, daemon };
}

async function* awaitStart({ daemon }: Scene): RequiredStep {
  const isStarted = (await daemon.until("reads ")) !== undefined;
  yield { seen: isStarted, what: "the daemon reads sshd's log" };
  return isStarted;
}

async function* attackUntilBanned({ lab, terminal, daemon }: Scene): RequiredStep {
  showHeading(terminal, "2. The attempts");
  const start = daemon.written;
  let refused = 0;
  for (let i = 0; i < MAX_GUESSES; i++) {
    const from = daemon.written;
    const user = USERS[i % USERS.length] ?? "root";
    const answer = await lab.guess({ from: INTRUDER, user });
    if (answer.kind !== "refused") break;
    refused++;
    terminal.show(`  intruder: ssh ${user}@${lab.host.ipv4}: Permission denied`);
    await daemon.until(INTRUDER, { from });
    if (daemon.lines.some((line) => isBan(line))) break;
  }
  const isBanned = (await daemon.until(isBanPattern, { from: start })) !== undefined;
  // The ban comes with the third user that does not exist, maybe before the answer to that attempt.
  const isSoon = refused === 3 || refused === 4;
  yield { seen: isBanned && isSoon, what: `banned after ${refused} failed attempts` };
  return isBanned;
}

async function* attackAgain(scene: Scene): Step {
  const { lab, terminal } = scene;
  showHeading(terminal, "3. The intruder tries again");
  // The ban is logged once it is recorded. A connection before the kernel has it would hang.
  await untilInKernel(lab);
  const first = await guessAsIntruder(scene);
  yield { seen: first === "no-answer", what: "the intruder gets no answer any more" };
  const before = await showDropped(scene);
  await guessAsIntruder(scene);
  const after = await showDropped(scene);
  yield {
    seen: before !== undefined && after !== undefined && before > 0 && after > before,
    what: `the kernel's own counter rises: ${before} then ${after} packets dropped`,
  };
}

async function* logInAsVisitor({ lab, terminal }: Scene): Step {
  showHeading(terminal, "4. At the same time, the visitor");
  const visit = await lab.logIn();
  terminal.show(`  visitor: ssh alice@${lab.host.ipv4}: ${describe(visit.kind)}`);
  yield { seen: visit.kind === "let-in", what: "the visitor logs in as before" };
}

async function* askWhy(scene: Scene): Step {
  showHeading(scene.terminal, "5. Why?");
  const why = await runCommand(scene, ["why", INTRUDER]);
  yield {
    seen: why.code === 0 && why.output.includes("Failed password"),
    what: "the reasons are on record, with the log lines",
  };
}

/** Flushes the firewall, as other firewall tools do when they reload their rules. */
async function* flushFirewall(scene: Scene): Step {
  const { lab, terminal, daemon } = scene;
  showHeading(terminal, "6. Another program flushes the firewall");
  const from = daemon.written;
  terminal.show("  $ nft flush ruleset");
  const flushed = await lab.run("host", [findProgram("nft") ?? "nft", "flush", "ruleset"]);
  const repaired = (await daemon.until("REPAIRED", { from })) ?? "";
  const [, duration] = /in ([\d.]+m?s):/.exec(repaired) ?? [];
  const [, by] = /broken by (nft \(pid \d+\))/.exec(repaired) ?? [];
  const packets = await dropped(lab);
  yield {
    seen: flushed.ok && repaired.includes("1 ban restored") && packets !== undefined,
    what: `the flush was noticed and repaired in ${duration ?? "?"}: table, rules and the ban are back in the kernel`,
  };
  yield {
    seen: by !== undefined,
    what: `the program that did it is identified: ${by ?? "none"} (started by this demonstration)`,
  };
  const answer = await guessAsIntruder(scene);
  yield { seen: answer === "no-answer", what: "the intruder still gets no answer" };
}

async function* verify(scene: Scene): Step {
  showHeading(scene.terminal, "7. Proof, from a log line to a dropped packet");
  const end = await runCommand(scene, ["verify", "sshd"]);
  yield {
    seen: end.code === 0 && end.output.includes("proven end to end"),
    what: "bailiff attacked itself, and every step from sshd's line to a dropped packet was seen",
  };
}

async function* unban(scene: Scene): Step {
  showHeading(scene.terminal, "8. The ban is lifted");
  const end = await runCommand(scene, ["unban", INTRUDER]);
  const answer = await guessAsIntruder(scene);
  const packets = await dropped(scene.lab);
  yield {
    seen: end.code === 0 && answer === "refused" && packets === undefined,
    what: "after the unban sshd answers the intruder again",
  };
}

async function* stopDaemon({ terminal, daemon }: Scene): Step {
  showHeading(terminal, "9. Results");
  daemon.kill("SIGTERM");
  const end = await daemon.ended;
  yield { seen: end === "SIGTERM", what: "the daemon stopped cleanly" };
}

function showHeading(terminal: Terminal, text: string): void {
  terminal.show(`\n${terminal.paint("bold", text)}`);
}

async function guessAsIntruder({ lab, terminal }: Scene): Promise<Answer["kind"]> {
  const { kind } = await lab.guess({ from: INTRUDER });
  terminal.show(`  intruder: ssh root@${lab.host.ipv4}: ${describe(kind)}`);
  return kind;
}

async function showDropped({ lab, terminal }: Scene): Promise<number | undefined> {
  const packets = await dropped(lab);
  terminal.show(`  kernel: ${packets ?? "no"} packets from ${INTRUDER} dropped`);
  return packets;
}

function writeConfig(lab: Lab): string {
  const path = join(lab.folder, "bailiff.toml");
  const { stringify } = JSON;
  writeFileSync(
    path,
    `[daemon]
state = ${stringify(join(lab.folder, "state"))}
socket = ${stringify(join(lab.folder, "bailiff.sock"))}

[jails.sshd]
source = { file = [${stringify(lab.log)}] }
`,
  );
  return path;
}

const isBanPattern = /\bBAN\b/;

function isBan(line: string): boolean {
  return isBanPattern.test(line);
}

function formatLogLine(line: string, terminal: Terminal): string {
  const text = safe(line);
  return `  ${terminal.paint("dim", "bailiff |")} ${isBan(line) ? terminal.paint("red", text) : text}`;
}

function describe(kind: Answer["kind"]): string {
  switch (kind) {
    case "refused":
      return "Permission denied";
    case "no-answer":
      return "no answer, timed out";
    case "let-in":
      return "logged in";
    case "failed":
      return "failed in another way";
  }
}

async function untilInKernel(lab: Lab): Promise<void> {
  const end = performance.now() + KERNEL_MS;
  while ((await dropped(lab)) === undefined && performance.now() < end) await nextTurn();
}

/** Returns the packets that the kernel dropped; undefined: the kernel does not block the intruder. */
async function dropped(lab: Lab): Promise<number | undefined> {
  return (await lab.elements()).find(({ address }) => address === INTRUDER)?.packets;
}

async function runCommand(
  { lab, terminal, config }: Scene,
  args: readonly string[],
): Promise<Awaited<ReturnType<Lab["bailiff"]>>> {
  terminal.show(`  $ bailiff ${args.join(" ")}`);
  const end = await lab.bailiff(config, ...args);
  // The command has already escaped its output.
  for (const line of end.output.split("\n")) terminal.show(`  ${line}`);
  return end;
}
