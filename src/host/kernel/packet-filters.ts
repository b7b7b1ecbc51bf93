/**
 * Lists the packet filters in use on this host, how they treat new connections to given ports, and which programs
 * change them: nftables, legacy iptables, ufw, firewalld, and other programs that ban.
 */
import { TABLE_NAME } from "../../domain/enforcer.ts";
import { amount } from "../../domain/amount.ts";
import { existsSync } from "node:fs";
import type { FirewallFacts, InputFilterFacts, Known } from "../../domain/host-facts.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";
import { type FilteredPort, IPV6_MARK, judgeInputFilter } from "./input-filter.ts";
import { judgeOldRules } from "./old-iptables.ts";
import { sharesNetwork } from "./network-of.ts";
import { findRunningPrograms, type RunningProgram } from "../process/running-programs.ts";
import { unitState } from "../process/unit-state.ts";
import { parseJson } from "../../domain/json.ts";
import { readText } from "../read-or-empty.ts";

export interface PacketFilters {
  readonly input: Known<InputFilterFacts>;
  readonly firewall: FirewallFacts;
}

const LIMIT_MS = 10_000;
const OTHER_BANNERS = [
  "fail2ban-server",
  "sshguard",
  "crowdsec",
  "crowdsec-firewall-bouncer",
  "denyhosts",
  "denyhosts.py",
  "csf",
  "lfd",
  "reaction",
];

export async function readPacketFilters(ports: readonly FilteredPort[]): Promise<PacketFilters> {
  const [ruleset, old] = await Promise.all([readRuleset(), readOldRules()]);
  const frontEnd = readFrontEnd();
  const tables = ruleset.known ? tablesOf(ruleset.value) : [];
  const foreign = tables.filter((name) => !/ bailiff/.test(name));
  return {
    input: judgeInput(ruleset, old, ports),
    firewall: {
      inUse: [
        ...(foreign.length === 0 ? [] : [`nftables (${foreign.join(", ")})`]),
        ...(old.rules === 0 ? [] : [`iptables-legacy (${amount(old.rules, "rule")})`]),
        ...(frontEnd === "none" ? [] : [frontEnd]),
      ],
      mixed: foreign.length > 0 && old.rules > 0,
      otherBanners: [...new Set(runningHere(OTHER_BANNERS).map(({ program }) => program))],
      frontEnd,
      bootedWithSystemd: existsSync("/run/systemd/system"),
      bailiffUnit: unitState("bailiff.service"),
      nftablesUnit: unitState("nftables.service"),
      bailiffTable: ruleset.known
        ? { known: true, value: tables.includes(`inet ${TABLE_NAME}`) }
        : ruleset,
    },
  };
}

/** Finds programs in this network namespace. Others change their own namespace's firewall. */
function runningHere(names: readonly string[]): readonly RunningProgram[] {
  return findRunningPrograms(names).filter(({ pid }) => sharesNetwork(pid) !== false);
}

function judgeInput(
  ruleset: Known<unknown>,
  old: OldRules,
  ports: readonly FilteredPort[],
): Known<InputFilterFacts> {
  if (!ruleset.known) return ruleset;
  if (old.unread !== undefined) return { known: false, why: old.unread };
  const judged = ports.map((port) => judgePort(ruleset.value, old, port));
  // One open family is enough for the verdict. IPv6 is listed separately only if its verdict differs.
  const seen = [...new Set(judged.flatMap((one) => one.evidence))];
  return {
    known: true,
    value: {
      verdict: OPENEST.find((verdict) => judged.some((one) => one.verdict === verdict)) ?? "open",
      evidence: seen.filter((line) => {
        const plain = line.replace(IPV6_MARK, "");
        return plain === line || !seen.includes(plain);
      }),
    },
  };
}

const OPENEST = ["open", "accepted", "limited", "unclear", "closed"] as const;

/** Judges a port. Every filter must accept a packet, so the strictest verdict decides. */
function judgePort(ruleset: unknown, old: OldRules, port: FilteredPort): InputFilterFacts {
  const isOld = port.family === "ipv4" && old.text !== undefined;
  const judged = [
    judgeInputFilter(ruleset, port),
    ...(isOld ? [judgeOldRules(old.text ?? "", port.port)] : []),
  ];
  const strictest = OPENEST.findLast((verdict) => judged.some((one) => one.verdict === verdict));
  return { verdict: strictest ?? "open", evidence: judged.flatMap(({ evidence }) => evidence) };
}

async function readRuleset(): Promise<Known<unknown>> {
  const nft = findProgram("nft");
  if (nft === undefined)
    return { known: false, why: "nft is not installed, so the kernel's rules cannot be read" };
  const { ok, output, error } = await runProgram({
    argv: [nft, "-j", "list", "ruleset"],
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  if (!ok) {
    const rights = process.getuid?.() === 0 ? error : "needs root";
    return { known: false, why: `the packet filter's rules may not be read (${rights})` };
  }
  const value = parseJson(output === "" ? "{}" : output);
  if (value === undefined) return { known: false, why: "there are too many rules to read" };
  return { known: true, value };
}

interface OldRules {
  readonly text: string | undefined;
  readonly rules: number;
  /** Why existing rules could not be read. */
  readonly unread: string | undefined;
}

/** Reads the rules of the legacy tables that were ever used, which the kernel lists in /proc/net/ip_tables_names. */
async function readOldRules(): Promise<OldRules> {
  if (readText("/proc/net/ip_tables_names").trim() === "")
    return { text: undefined, rules: 0, unread: undefined };
  const save = findProgram("iptables-legacy-save") ?? findProgram("iptables-save");
  if (save === undefined)
    return {
      text: undefined,
      rules: 0,
      unread: "legacy iptables rules exist, but iptables-legacy-save is not installed to read them",
    };
  const { ok, output } = await runProgram({
    argv: [save],
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  const rules = output.split("\n").filter((line) => line.startsWith("-A")).length;
  return {
    text: output,
    rules,
    unread: ok ? undefined : "no permission to read legacy iptables rules",
  };
}

function readFrontEnd(): FirewallFacts["frontEnd"] {
  if (runningHere(["firewalld"]).length > 0) return "firewalld";
  return /^ENABLED=yes/im.test(readText("/etc/ufw/ufw.conf")) ? "ufw" : "none";
}

function tablesOf(ruleset: unknown): readonly string[] {
  if (typeof ruleset !== "object" || ruleset === null || !("nftables" in ruleset)) return [];
  const { nftables } = ruleset;
  if (!Array.isArray(nftables)) return [];
  return nftables.flatMap((item: unknown) => {
    if (typeof item !== "object" || item === null || !("table" in item)) return [];
    const { table } = item;
    if (typeof table !== "object" || table === null) return [];
    return "family" in table && "name" in table
      ? [`${String(table.family)} ${String(table.name)}`]
      : [];
  });
}
