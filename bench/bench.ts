/**
 * Measures bailiff and its peers in the same run: npm run bench [-- --quick] [--only SECTION]... [--log FILE]... [--record]. Prints one
 * table, writes bench/out/result.json, and with --record bench/baseline.json, too. Needs root: it installs the peers,
 * and creates and removes network namespaces. Does not change the host's firewall.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type DebianPackage,
  ensureDebianPackages,
  TEST_PACKAGES,
} from "../tools/debian-packages.ts";
import { measureBulk } from "./bulk.ts";
import { measureCampaigns } from "./campaigns.ts";
import { measureDashboard } from "./dashboard.ts";
import { measureDetectors } from "./detectors.ts";
import { type Judged, judge } from "./figure.ts";
import { measureFail2banFilter } from "./fail2ban-filter.ts";
import { measureFirewalld } from "./firewalld.ts";
import { formatTable } from "./format-table.ts";
import { measureHostileLines } from "./hostile-lines.ts";
import { measureIptables } from "./iptables.ts";
import { measureIdle } from "./idle.ts";
import { measureLatency } from "./latency.ts";
import { measureLive } from "./live.ts";
import { measureLibrary } from "./library.ts";
import { removeOurNamespaces } from "./namespace.ts";
import { measurePackets } from "./packets.ts";
import { measureRepair } from "./repair.ts";
import { measureRestore } from "./restore.ts";
import { measureRestoreCommand } from "./restore-command.ts";
import type { Section, Setting } from "./section.ts";
import { measureThroughput } from "./throughput.ts";
import { measureWitnesses } from "./witnesses.ts";

const SECTIONS: Readonly<Record<string, Section>> = {
  throughput: measureThroughput,
  "fail2ban-filter": measureFail2banFilter,
  latency: measureLatency,
  live: measureLive,
  restore: measureRestore,
  "restore-command": measureRestoreCommand,
  repair: measureRepair,
  bulk: measureBulk,
  packets: measurePackets,
  witnesses: measureWitnesses,
  iptables: measureIptables,
  firewalld: measureFirewalld,
  idle: measureIdle,
  hostile: measureHostileLines,
  library: measureLibrary,
  detectors: measureDetectors,
  campaigns: measureCampaigns,
  dashboard: measureDashboard,
};

const PEERS: readonly DebianPackage[] = [
  ...TEST_PACKAGES.filter(({ name }) =>
    /nftables|iproute2|iptables|ipset|firewalld|dbus-daemon|chromium/.test(name),
  ),
  { name: "fail2ban", why: "a peer: fail2ban-regex and its server" },
  { name: "sshguard", why: "a peer: its parser and its way to the kernel" },
  { name: "ripgrep", why: "how fast a plain search of the same texts is" },
];

const BENCH = import.meta.dirname;

interface BenchOptions extends Pick<Setting, "quick" | "logs"> {
  /** Names of sections. */
  readonly names: readonly string[];
}

async function bench({ names, quick, logs }: BenchOptions): Promise<readonly Judged[]> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-bench-"));
  const clean = (): void => {
    removeOurNamespaces();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      clean();
      process.exit(130);
    });
  }
  const figures: Judged[] = [];
  try {
    for (const name of names) {
      const say = (text: string): void => console.error(`[${name}] ${text}`);
      const section = SECTIONS[name];
      if (section !== undefined)
        figures.push(...(await section({ quick, folder, logs, say })).map(judge));
    }
  } finally {
    clean();
  }
  return figures;
}

function write(path: string, figures: readonly Judged[], seconds: number): void {
  const [processor] = cpus();
  const machine = `${cpus().length} x ${processor?.model ?? "unknown"}, Linux ${release().split("-")[0]}`;
  const conditions = { at: new Date().toISOString(), machine, node: process.version, seconds };
  writeFileSync(path, `${JSON.stringify({ ...conditions, figures }, undefined, 2)}\n`);
  console.error(`written: ${path}`);
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    log: { type: "string", multiple: true, default: [] },
  },
});
const names = values.only ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => SECTIONS[name] === undefined);
const obstacle = unknown.length > 0 ? undefined : ensureDebianPackages(PEERS);
if (unknown.length > 0) {
  console.error(
    `no such section: ${unknown.join(" ")}; there are: ${Object.keys(SECTIONS).join(" ")}`,
  );
  process.exitCode = 64;
} else if (process.getuid?.() !== 0) {
  console.error("needs root for network namespaces and the firewall: sudo npm run bench");
  process.exitCode = 77;
} else if (obstacle !== undefined) {
  console.error(obstacle);
  process.exitCode = 69;
} else {
  const began = performance.now();
  const figures = await bench({ names, quick: values.quick, logs: values.log });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(formatTable(figures));
  mkdirSync(join(BENCH, "out"), { recursive: true });
  write(join(BENCH, "out/result.json"), figures, seconds);
  if (values.record) write(join(BENCH, "baseline.json"), figures, seconds);
}
