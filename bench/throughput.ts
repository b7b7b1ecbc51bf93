/**
 * Compares the speed of `bailiff scan` and `bailiff replay` with the peers' readers of the same log. Each runs in one
 * process with its output discarded, in turn for several rounds, so that load on the machine affects all of them.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bench-daemon.ts";
import type { Figure, Target } from "./figure.ts";
import { sshdLiterals } from "./filter-literals.ts";
import { type GeneratedLog, writeLog } from "./generate-log.ts";
import { type Competitor, runInterleaved } from "./run-interleaved.ts";
import { scaleUp } from "./scale-up.ts";
import type { Section } from "./section.ts";
import type { ProgramTime } from "./time-program.ts";

const SCAN = ["/bin/sh", join(ROOT, "bailiff"), "scan", "--filter", "sshd"];
const REPLAY = ["/bin/sh", join(ROOT, "bailiff"), "replay", "--filter", "sshd"];
/** Lines that one core should replay in a second, start-up included. */
const REPLAYED_PER_SECOND = 500_000;
/**
 * fail2ban-regex without work that fail2ban's daemon does not do: DNS look-ups, checks of every rule, lists of missed
 * lines.
 */
const FAIL2BAN = [
  "/usr/bin/fail2ban-regex",
  "--usedns=no",
  "--no-check-all",
  "--print-no-missed",
  "--print-no-ignored",
];
const SSHGUARD = "/usr/libexec/sshguard/sshg-parser";
const FURTHER_FILTERS = 49;

const SEARCH = ["/usr/bin/rg", "--count", "--fixed-strings"];

const KINDS = [
  { name: "half attacks", attacks: 0.5, header: "rfc3164", seed: 1 },
  { name: "2% attacks", attacks: 0.02, header: "rfc3164", seed: 2 },
  { name: "RFC 3339 stamps", attacks: 0.5, header: "rfc3339", seed: 1 },
] as const;
/** fail2ban-regex reads one slice of this many of the first log. */
const SLICES = 10;

interface Log extends GeneratedLog {
  readonly name: string;
  readonly path: string;
}

export const measureThroughput: Section = async (setting) => {
  const { quick, folder, say } = setting;
  const lines = quick ? 200_000 : 1_000_000;
  say(`generating logs of ${lines} lines`);
  const logs = KINDS.map((kind): Log => {
    const path = join(folder, `${kind.header}-${kind.seed}.txt`);
    return { name: kind.name, path, ...writeLog(path, { ...kind, lines }) };
  });
  const [first] = logs;
  if (first === undefined) return [];
  const slice = join(folder, "slice.txt");
  const empty = join(folder, "empty.txt");
  writeLog(slice, { ...KINDS[0], lines: lines / SLICES });
  writeFileSync(empty, "\n");
  const literals = (await sshdLiterals()).flatMap((literal) => ["-e", literal]);
  const further = writeFilters(folder).flatMap((path) => ["--filter", path]);
  const timeOf = runInterleaved("scan", setting, [
    ...logs.flatMap(({ name, path }): readonly Competitor[] => [
      { who: "ours", name, argv: [...SCAN, path] },
      { who: "sshguard", name, argv: [SSHGUARD], input: path },
      { who: "ripgrep", name, argv: [...SEARCH, ...literals, path] },
    ]),
    { who: "ours", name: "replay", argv: [...REPLAY, first.path] },
    { who: "ours", name: "50 filters", argv: [...SCAN, ...further, first.path] },
    { who: "fail2ban", name: "slice", argv: [...FAIL2BAN, slice, "sshd"] },
    { who: "fail2ban", name: "empty", argv: [...FAIL2BAN, empty, "sshd"] },
  ]);
  for (const path of [...logs.map((log) => log.path), slice]) rmSync(path);
  const fail2ban = {
    name: `fail2ban-regex (from ${lines / SLICES / 1000}k lines)`,
    time: scaleUp(timeOf("fail2ban", "slice"), timeOf("fail2ban", "empty"), SLICES),
  };
  return [
    rowOf(first, timeOf("ours", first.name), {
      ...fail2ban,
      target: { kind: "faster", times: 100 },
    }),
    ...logs.flatMap((log) => [
      rowOf(log, timeOf("ours", log.name), {
        name: "sshg-parser",
        time: timeOf("sshguard", log.name),
        target: { kind: "faster", times: 8 },
      }),
      rowOf(log, timeOf("ours", log.name), {
        name: "rg -c",
        time: timeOf("ripgrep", log.name),
        target: { kind: "within", times: 6 },
      }),
    ]),
    rowOf({ ...first, name: "50 filters" }, timeOf("ours", "50 filters"), {
      name: "with one",
      time: timeOf("ours", first.name),
      target: { kind: "within", times: 1.2 },
    }),
    ...replayRows(first, timeOf("ours", "replay"), fail2ban, timeOf("sshguard", first.name)),
  ];
};

function replayRows(
  log: Log,
  ours: ProgramTime,
  fail2ban: Omit<Peer, "target">,
  sshguard: ProgramTime,
): readonly Figure[] {
  const peers: readonly Peer[] = [
    { ...fail2ban, target: { kind: "faster", times: 40 } },
    { name: "sshg-parser", time: sshguard, target: { kind: "faster", times: 2.5 } },
  ];
  return [
    ...peers.map((peer) => rowOf(log, ours, peer, "replay")),
    {
      name: `replay ${log.lines / 1000}k lines, processor time`,
      unit: "s",
      ours: ours.processor,
      target: { kind: "limit", most: log.lines / REPLAYED_PER_SECOND },
    },
  ];
}

interface Peer {
  readonly name: string;
  readonly time: ProgramTime;
  readonly target: Target;
}

function rowOf(
  log: Log,
  ours: ProgramTime,
  { name: peer, time, target }: Peer,
  command: "scan" | "replay" = "scan",
): Figure {
  return {
    name: `${command} ${log.lines / 1000}k lines, ${log.name}`,
    unit: "s",
    ours: ours.wall,
    peer: { name: peer, value: time.wall },
    target,
    details: {
      "our processor time (s)": ours.processor,
      "the peer's processor time (s)": time.processor,
      "lines of attacks": log.attackLines,
      "our lines per second": Math.round(log.lines / ours.wall),
    },
  };
}

/** Writes filters of services with logs like sshd's, each with another program name. */
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
