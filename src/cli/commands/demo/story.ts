/**
 * What the demonstration shows, step by step. Each step ends in a finding: true only when it was really observed, in
 * the answers the clients got and in what the kernel says, never in what the daemon claims alone.
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

const INTRUDER = "192.0.2.7";
const USERS = ["root", "admin", "test", "ubuntu", "root"];
/** Beyond maxretry, so that a ban that does not come shows. */
const MOST_GUESSES = 8;
const KERNEL_MS = 10_000;

/** Ends after the first step without which the others make no sense. */
export async function* tellStory(lab: Lab, terminal: Terminal): AsyncGenerator<Finding> {
  const say = (text: string): void => terminal.show(text);
  const heading = (text: string): void => say(`\n${terminal.paint("bold", text)}`);
  const config = writeConfig(lab);

  heading("1. The set-up");
  say(
    `  host      ${lab.host.ipv4}    a real sshd, and bailiff with its defaults: ban at 5 failures`,
  );
  say(`  intruder  ${INTRUDER}      guesses passwords`);
  say(`  visitor   ${lab.visitor.ipv4}  logs in with the right key`);
  const daemon = lab.startDaemon({
    config,
    onLine: (line) => say(showLine(line, terminal)),
  });
  const started = (await daemon.until("reads ")) !== undefined;
  yield { seen: started, what: "the daemon reads sshd's log" };
  if (!started) return;

  heading("2. The attempts");
  const seen = daemon.written;
  let refused = 0;
  for (let i = 0; i < MOST_GUESSES; i++) {
    const from = daemon.written;
    const answer = await lab.guess({ from: INTRUDER, user: USERS[i % USERS.length] ?? "root" });
    if (answer.kind !== "refused") break;
    refused++;
    say(`  intruder: ssh ${USERS[i % USERS.length]}@${lab.host.ipv4}: Permission denied`);
    await daemon.until(INTRUDER, { from });
    if (daemon.lines.some((line) => isBan(line))) break;
  }
  const banned = (await daemon.until(isBanPattern, { from: seen })) !== undefined;
  yield { seen: banned && refused === 5, what: `banned after ${refused} failed attempts` };
  if (!banned) return;

  heading("3. The intruder tries again");
  // The ban is told of when it is on record; a connection begun before it is in the kernel would hang in its middle.
  await untilInKernel(lab);
  const first = await lab.guess({ from: INTRUDER });
  say(`  intruder: ssh root@${lab.host.ipv4}: ${describe(first.kind)}`);
  yield { seen: first.kind === "no-answer", what: "the intruder gets no answer any more" };
  const before = await dropped(lab);
  say(`  kernel: ${before ?? "no"} packets of ${INTRUDER} dropped`);
  const second = await lab.guess({ from: INTRUDER });
  say(`  intruder: ssh root@${lab.host.ipv4}: ${describe(second.kind)}`);
  const after = await dropped(lab);
  say(`  kernel: ${after ?? "no"} packets of ${INTRUDER} dropped`);
  yield {
    seen: before !== undefined && after !== undefined && before > 0 && after > before,
    what: `the kernel's own counter rises: ${before} then ${after} packets dropped`,
  };

  heading("4. Meanwhile the visitor");
  const visit = await lab.logIn();
  say(`  visitor: ssh alice@${lab.host.ipv4}: ${describe(visit.kind)}`);
  yield { seen: visit.kind === "let-in", what: "the visitor logs in as ever" };

  heading("5. Why?");
  const why = await command(lab, terminal, config, ["why", INTRUDER]);
  yield {
    seen: why.code === 0 && why.output.includes("Failed password"),
    what: "the reasons are on record, with the log lines",
  };

  heading("6. Another program flushes the firewall");
  yield* breakFirewall(lab, terminal, daemon);

  heading("7. Proof, from a line of log to a dropped packet");
  const verify = await command(lab, terminal, config, ["verify", "sshd"]);
  yield {
    seen: verify.code === 0 && verify.output.includes("proven end to end"),
    what: "bailiff attacked itself, and every step from sshd's line to a dropped packet was seen",
  };

  heading("8. Let in again");
  const unban = await command(lab, terminal, config, ["unban", INTRUDER]);
  const answer = await lab.guess({ from: INTRUDER });
  say(`  intruder: ssh root@${lab.host.ipv4}: ${describe(answer.kind)}`);
  const left = await dropped(lab);
  yield {
    seen: unban.code === 0 && answer.kind === "refused" && left === undefined,
    what: "after the unban sshd answers the intruder again",
  };

  heading("9. The end");
  daemon.kill("SIGTERM");
  const end = await daemon.ended;
  yield { seen: end === "SIGTERM", what: "the daemon ended in order" };
}

/** What other firewall tools do when they load their rules anew. */
async function* breakFirewall(
  lab: Lab,
  terminal: Terminal,
  daemon: ReturnType<Lab["startDaemon"]>,
): AsyncGenerator<Finding> {
  const from = daemon.written;
  terminal.show("  $ nft flush ruleset");
  const flushed = await lab.run("host", [findProgram("nft") ?? "nft", "flush", "ruleset"]);
  const repaired = (await daemon.until("REPAIRED", { from })) ?? "";
  const [, took] = /in ([\d.]+m?s):/.exec(repaired) ?? [];
  const [, by] = /broken by (nft \(pid \d+\))/.exec(repaired) ?? [];
  const held = await dropped(lab);
  yield {
    seen: flushed.ok && repaired.includes("1 ban put back") && held !== undefined,
    what: `noticed, and repaired in ${took ?? "?"}: table, rules and the ban are back in the kernel`,
  };
  yield { seen: by !== undefined, what: `the program that did it is named: ${by ?? "nobody"}` };
  const answer = await lab.guess({ from: INTRUDER });
  terminal.show(`  intruder: ssh root@${lab.host.ipv4}: ${describe(answer.kind)}`);
  yield { seen: answer.kind === "no-answer", what: "the intruder still gets no answer" };
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

function showLine(line: string, terminal: Terminal): string {
  const text = safe(line);
  return `  ${terminal.paint("dim", "bailiff |")} ${isBan(line) ? terminal.paint("red", text) : text}`;
}

function describe(kind: Awaited<ReturnType<Lab["guess"]>>["kind"]): string {
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

/** By the kernel's own account; undefined when it holds no block of the intruder. */
async function untilInKernel(lab: Lab): Promise<void> {
  const end = performance.now() + KERNEL_MS;
  while ((await dropped(lab)) === undefined && performance.now() < end) await nextTurn();
}

async function dropped(lab: Lab): Promise<number | undefined> {
  return (await lab.elements()).find(({ address }) => address === INTRUDER)?.packets;
}

async function command(
  lab: Lab,
  terminal: Terminal,
  config: string,
  args: readonly string[],
): Promise<Awaited<ReturnType<Lab["bailiff"]>>> {
  terminal.show(`  $ bailiff ${args.join(" ")}`);
  const end = await lab.bailiff(config, ...args);
  // Already escaped by the command itself.
  for (const line of end.output.split("\n")) terminal.show(`  ${line}`);
  return end;
}
