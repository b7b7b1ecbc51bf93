/**
 * Measures the filter library: how much slower many filters read a log than one, and web filters against fail2ban's,
 * which read it one after the other.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadFilters } from "../src/jails/load-filters.ts";
import { ROOT } from "./bench-daemon.ts";
import type { Figure } from "./figure.ts";
import { writeAccessLog, writeMixedLog } from "./generate-library-logs.ts";
import { measureLibraryDaemon } from "./library-daemon.ts";
import { type Competitor, runInterleaved } from "./run-interleaved.ts";
import { scaleUp } from "./scale-up.ts";
import type { Section, Setting } from "./section.ts";

const SCAN = ["/bin/sh", join(ROOT, "bailiff"), "scan"];
const FAIL2BAN = ["/usr/bin/fail2ban-regex", "--usedns=no", "--no-check-all"];
const QUIET = ["--print-no-missed", "--print-no-ignored"];
/** Those of the jails of its jail.conf for Apache. */
const WEB_FILTERS = [
  ...["apache-auth", "apache-badbots", "apache-botsearch", "apache-fakegooglebot"],
  ...["apache-modsecurity", "apache-nohome", "apache-noscript", "apache-overflows"],
  "apache-shellshock",
];
/** fail2ban-regex reads one slice of this many. */
const SLICES = 20;

export const measureLibrary: Section = async (setting) => [
  ...(await measureMixed(setting)),
  await measureWeb(setting),
  ...(await measureLibraryDaemon(setting)),
];

async function measureMixed(setting: Setting): Promise<readonly Figure[]> {
  const lines = setting.quick ? 50_000 : 200_000;
  const path = join(setting.folder, "mixed.txt");
  const { filters } = await loadFilters([]);
  const all = [...filters.values()];
  writeMixedLog(path, {
    lines,
    samples: all.flatMap(({ samples }) => samples.map(({ line }) => line)),
  });
  const kinds = [
    { name: `all ${all.length} filters`, filters: all },
    ...[all.filter(({ programs }) => programs.length > 0)].map((those) => ({
      name: `${those.length} filters of syslog programs`,
      filters: those,
    })),
  ];
  const one = "one filter";
  const scan = (name: string, names: readonly string[]): Competitor => ({
    ...{ who: "ours", name },
    argv: [...SCAN, ...names.flatMap((filter) => ["--filter", filter]), path],
  });
  const timeOf = runInterleaved("mixed log", setting, [
    scan(one, ["sshd"]),
    ...kinds.map((kind) =>
      scan(
        kind.name,
        kind.filters.map((filter) => filter.name),
      ),
    ),
  ]);
  rmSync(path);
  return kinds.map(({ name }) => ({
    name: `scan ${lines / 1000}k mixed lines, ${name}`,
    unit: "s",
    ours: timeOf("ours", name).wall,
    peer: { name: "with one", value: timeOf("ours", one).wall },
    target: { kind: "within", times: 1.5 },
    details: { "our processor time (s)": timeOf("ours", name).processor },
  }));
}

async function measureWeb(setting: Setting): Promise<Figure> {
  const lines = setting.quick ? 50_000 : 1_000_000;
  const paths = ["access.txt", "access-slice.txt", "access-empty.txt"].map((name) =>
    join(setting.folder, name),
  );
  const [log = "", slice = "", empty = ""] = paths;
  writeAccessLog(log, lines);
  writeAccessLog(slice, lines / SLICES);
  writeFileSync(empty, "\n");
  const { filters } = await loadFilters([]);
  const web = [...filters.values()].filter(({ path }) => path.includes("/web/"));
  const named = web.flatMap(({ name }) => ["--filter", name]);
  const theirs = (path: string, name: string): readonly Competitor[] =>
    WEB_FILTERS.map((filter) => ({
      ...{ who: "fail2ban", name: `${name} ${filter}` },
      argv: [...FAIL2BAN, ...QUIET, path, filter],
    }));
  const timeOf = runInterleaved("access log", setting, [
    { who: "ours", name: "web", argv: [...SCAN, "--mode", "abuse", ...named, log] },
    ...theirs(slice, "slice"),
    ...theirs(empty, "empty"),
  ]);
  for (const path of paths) rmSync(path);
  const each = WEB_FILTERS.map((filter) =>
    scaleUp(timeOf("fail2ban", `slice ${filter}`), timeOf("fail2ban", `empty ${filter}`), SLICES),
  );
  const ours = timeOf("ours", "web");
  return {
    name: `scan ${lines / 1000}k lines of an access log, ${web.length} web filters`,
    unit: "s",
    ours: ours.wall,
    peer: {
      name: `fail2ban-regex, ${WEB_FILTERS.length} filters (from ${lines / SLICES / 1000}k lines)`,
      value: each.reduce((sum, { wall }) => sum + wall, 0),
    },
    target: { kind: "faster", times: 100 },
    details: {
      "our processor time (s)": ours.processor,
      "our lines per second": Math.round(lines / ours.wall),
    },
  };
}
