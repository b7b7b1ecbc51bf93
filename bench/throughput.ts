/**
 * How fast `bailiff scan` reads a log, against the peers' readers of the same log: all in one process each, their
 * output thrown away, interleaved round by round so that a busy moment of the machine concerns all of them.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bench-daemon.ts";
import type { Figure, Target } from "./figure.ts";
import { sshdLiterals } from "./filter-literals.ts";
import { type GeneratedLog, writeLog } from "./generate-log.ts";
import type { Section, Setting } from "./section.ts";
import { median } from "./statistics.ts";
import { type ProgramTime, type TimedProgram, timeProgram } from "./time-program.ts";

const SCAN = ["/bin/sh", join(ROOT, "bailiff"), "scan", "--filter", "sshd"];
/** Spared the work its daemon does not do either: no look-ups, no second opinion on a match, no list of misses. */
const FAIL2BAN = [
  "/usr/bin/fail2ban-regex",
  "--usedns=no",
  "--no-check-all",
  "--print-no-missed",
  "--print-no-ignored",
];
const SSHGUARD = "/usr/libexec/sshguard/sshg-parser";
const FURTHER_FILTERS = 49;

export const measureThroughput: Section = async (setting) => {
  const lines = setting.quick ? 200_000 : 1_000_000;
  const sliceLines = lines / 10;
  const log = join(setting.folder, "auth.txt");
  const quiet = join(setting.folder, "quiet.txt");
  const iso = join(setting.folder, "iso.txt");
  const slice = join(setting.folder, "slice.txt");
  setting.say(`generating logs of ${lines} lines`);
  const made = writeLog(log, { lines, attacks: 0.5, header: "rfc3164", seed: 1 });
  writeLog(quiet, { lines, attacks: 0.02, header: "rfc3164", seed: 2 });
  writeLog(iso, { lines, attacks: 0.5, header: "rfc3339", seed: 1 });
  writeLog(slice, { lines: sliceLines, attacks: 0.5, header: "rfc3164", seed: 1 });
  const search = ["/usr/bin/rg", "--count", "--fixed-strings"];
  const literals = (await sshdLiterals()).flatMap((literal) => ["-e", literal]);
  const further = writeFilters(setting.folder).flatMap((path) => ["--filter", path]);
  const timeOf = runInterleaved(setting, [
    { name: "ours", argv: [...SCAN, log] },
    { name: "ours, quiet", argv: [...SCAN, quiet] },
    { name: "ours, ISO", argv: [...SCAN, iso] },
    { name: "ours, 50 filters", argv: [...SCAN, ...further, log] },
    { name: "fail2ban", argv: [...FAIL2BAN, slice, "sshd"] },
    { name: "sshguard", argv: [SSHGUARD], input: log },
    { name: "sshguard, quiet", argv: [SSHGUARD], input: quiet },
    { name: "sshguard, ISO", argv: [SSHGUARD], input: iso },
    { name: "ripgrep", argv: [...search, ...literals, log] },
    { name: "ripgrep, quiet", argv: [...search, ...literals, quiet] },
    { name: "ripgrep, ISO", argv: [...search, ...literals, iso] },
  ]);
  for (const path of [log, quiet, iso, slice]) rmSync(path);
  const fail2ban = timeOf("fail2ban");
  const rowOf = (name: string, ours: ProgramTime, peer: Peer): Figure =>
    row(made, name, ours, peer);
  const bothPeers = (
    name: string,
    ours: ProgramTime,
    sshguard: ProgramTime,
    ripgrep: ProgramTime,
  ) => [
    rowOf(name, ours, {
      name: "sshg-parser",
      time: sshguard,
      target: { kind: "faster", times: 8 },
    }),
    rowOf(name, ours, { name: "rg -c", time: ripgrep, target: { kind: "within", times: 6 } }),
  ];
  const name = `scan ${lines / 1000}k lines`;
  return [
    rowOf(`${name}, half attacks`, timeOf("ours"), {
      name: `fail2ban-regex (10 x ${sliceLines / 1000}k lines)`,
      time: { wall: fail2ban.wall * 10, processor: fail2ban.processor * 10 },
      target: { kind: "faster", times: 100 },
    }),
    ...bothPeers(`${name}, half attacks`, timeOf("ours"), timeOf("sshguard"), timeOf("ripgrep")),
    ...bothPeers(
      `${name}, 2 % attacks`,
      timeOf("ours, quiet"),
      timeOf("sshguard, quiet"),
      timeOf("ripgrep, quiet"),
    ),
    ...bothPeers(
      `${name}, RFC 3339 stamps`,
      timeOf("ours, ISO"),
      timeOf("sshguard, ISO"),
      timeOf("ripgrep, ISO"),
    ),
    rowOf(`${name}, 50 filters`, timeOf("ours, 50 filters"), {
      name: "with one",
      time: timeOf("ours"),
      target: { kind: "within", times: 1.2 },
    }),
  ];
};

interface Peer {
  readonly name: string;
  readonly time: ProgramTime;
  readonly target: Target;
}

function row(
  log: GeneratedLog,
  name: string,
  ours: ProgramTime,
  { name: peer, time, target }: Peer,
): Figure {
  return {
    name,
    unit: "s",
    ours: ours.wall,
    peer: { name: peer, value: time.wall },
    target,
    details: {
      "our processor time (s)": ours.processor,
      "the peer's processor time (s)": time.processor,
      lines: log.lines,
      "lines of attacks": log.attackLines,
      "our lines per second": Math.round(log.lines / ours.wall),
    },
  };
}

/** Medians. The first round only warms caches: files in memory, compiled code on disk. */
function runInterleaved<Name extends string>(
  { quick, say }: Setting,
  programs: readonly (TimedProgram & { readonly name: Name })[],
): (name: Name) => ProgramTime {
  const rounds = quick ? 3 : 7;
  const runs: { readonly name: Name; readonly time: ProgramTime }[] = [];
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? "scan: warming up" : `scan: round ${round} of ${rounds}`);
    for (const program of programs) {
      const time = timeProgram(program);
      if (round > 0) runs.push({ name: program.name, time });
    }
  }
  return (name) => {
    const times = runs.filter((run) => run.name === name).map(({ time }) => time);
    return {
      wall: median(times.map(({ wall }) => wall)),
      processor: median(times.map(({ processor }) => processor)),
    };
  };
}

/** Services with logs like those of sshd, each with a program name of its own. */
function writeFilters(folder: string): readonly string[] {
  const filters = join(folder, "filters");
  mkdirSync(filters);
  return Array.from({ length: FURTHER_FILTERS }, (_, n) => {
    const name = `login-${n + 1}`;
    const path = join(filters, `${name}.toml`);
    writeFileSync(
      path,
      `name = "${name}"
programs = ["${name}d"]

[[rule]]
id = "failed-login"
is = "failure"
line = [
  "login failed for {user:name} from {ip}{? port {port}}",
  "authentication failure; user={user:name} rhost={ip}",
]

[[rule]]
id = "accepted"
is = "success"
line = "login of {user:name} from {ip} accepted"

[[rule]]
id = "noise"
is = "neutral"
line = "{connected|disconnected}: {*}"
`,
    );
    return path;
  });
}
