/**
 * Compares the speed of bailiff's fail2ban-regex with the original's. Both use fail2ban's stock sshd filter and the
 * same arguments.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { writeLog } from "./generate-log.ts";
import { type Competitor, runInterleaved } from "./run-interleaved.ts";
import { scaleUp } from "./scale-up.ts";
import type { Section } from "./section.ts";

const OURS = ["/bin/sh", join(ROOT, "bailiff"), "fail2ban-regex"];
const THEIRS = ["/usr/bin/fail2ban-regex"];
const ROWS = ["--usedns=no", "-o", "row"];
const FILTER = "sshd";

const KINDS = [
  { name: "half attacks", attacks: 0.5, header: "rfc3164", seed: 1 },
  { name: "2% attacks", attacks: 0.02, header: "rfc3164", seed: 2 },
] as const;
/** The original reads one slice of this many, and its time is scaled up. */
const SLICES = 10;

export const measureFail2banFilter: Section = async (setting) => {
  const { quick, folder, say } = setting;
  const lines = quick ? 200_000 : 1_000_000;
  say(`generating logs of ${lines} lines`);
  const logs = KINDS.map((kind) => {
    const path = join(folder, `fail2ban-${kind.seed}.txt`);
    const slice = join(folder, `fail2ban-slice-${kind.seed}.txt`);
    writeLog(slice, { ...kind, lines: lines / SLICES });
    return { name: kind.name, path, slice, ...writeLog(path, { ...kind, lines }) };
  });
  const empty = join(folder, "fail2ban-empty.txt");
  writeFileSync(empty, "\n");
  const timeOf = runInterleaved("fail2ban-regex", setting, [
    ...logs.flatMap(({ name, path, slice }): readonly Competitor[] => [
      { who: "ours", name, argv: [...OURS, ...ROWS, path, FILTER] },
      { who: "fail2ban", name, argv: [...THEIRS, ...ROWS, slice, FILTER] },
    ]),
    { who: "fail2ban", name: "empty", argv: [...THEIRS, ...ROWS, empty, FILTER] },
  ]);
  for (const { path, slice } of logs) for (const file of [path, slice]) rmSync(file);
  return logs.map(({ name, attackLines }): Figure => {
    const ours = timeOf("ours", name);
    const theirs = scaleUp(timeOf("fail2ban", name), timeOf("fail2ban", "empty"), SLICES);
    return {
      name: `fail2ban-regex -o row, ${FILTER}, ${lines / 1000}k lines, ${name}`,
      unit: "s",
      ours: ours.wall,
      peer: { name: `fail2ban-regex (from ${lines / SLICES / 1000}k lines)`, value: theirs.wall },
      target: { kind: "faster", times: 20 },
      details: {
        "our processor time (s)": ours.processor,
        "the peer's processor time (s)": theirs.processor,
        "lines of attacks": attackLines,
        "our lines per second": Math.round(lines / ours.wall),
      },
    };
  });
};
