/**
 * Enforces bans through firewalld: its ipsets hold the blocks, and its rules drop the packets. Changes go through
 * firewalld's own D-Bus interface only. The sets and rules are permanent; the blocks are not, so that none outlives a
 * daemon that is gone: after a reload or restart of firewalld the daemon writes them again.
 */
import { ALL_PORTS } from "../domain/port-scope.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import type { Change, EnforcedBlock, Enforcer, Refusal } from "../domain/enforcer.ts";
import type { Subject } from "../domain/cidr.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { findProgram } from "../host/process/find-program.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import type { Emit } from "../telemetry/events.ts";
import type { IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import { applyChanges } from "./firewalld/apply-changes.ts";
import { type Bus, createBus, PERMANENT, RUNTIME } from "./firewalld/bus.ts";
import { createDirectRules } from "./firewalld/direct-rules.ts";
import { createPolicyRules, type Verdict } from "./firewalld/policy-rules.ts";
import type { Rules } from "./firewalld/rules.ts";
import { type SetKey, setNamesOf } from "./firewalld/set-name.ts";
import { Structure } from "./firewalld/structure.ts";
import { watchFirewalld } from "./firewalld/watch.ts";
import { describeZones } from "./firewalld/zones.ts";
import type { Unusable } from "./nftables.ts";
import { watchNotices } from "./notice-queue.ts";

export interface FirewalldOptions {
  /** Prefix lengths with which jails ban IPv6; another length makes firewalld reload when the first block needs it. */
  readonly ipv6Prefixes: readonly number[];
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
  /** What happens to packets. "reject" answers them, and needs policies, which leave open connections alone. */
  readonly verdict?: Verdict;
  /** "auto": direct rules if the programs for them are installed. */
  readonly rules?: Rules["kind"] | "auto";
  /** Runs a reload of firewalld, which flushes the tables of iptables. Default: nothing is done around it. */
  readonly aroundReload?: (reload: () => Promise<void>) => Promise<void>;
}

export interface Firewalld extends Enforcer {
  /** How packets are dropped: by direct rules, or by rich rules in policies. */
  readonly rules: Rules["kind"];
}

/** Opens the enforcer. Fails with what is missing and how to fix it. Changes nothing. */
export async function openFirewalld(
  options: FirewalldOptions,
): Promise<Result<Firewalld, Unusable>> {
  const busctl = findProgram("busctl");
  if (busctl === undefined)
    return fail({ reason: "the program busctl is not installed", fix: "install systemd" });
  const bus = createBus(busctl);
  try {
    const version = String(await bus.property(RUNTIME, "version"));
    const unusable = await judgeFirewalld(bus, version);
    if (unusable !== undefined) return fail(unusable);
    const rules = await chooseRules(bus, options);
    return rules.ok ? ok(firewalldOn(bus, version, rules.value, options)) : rules;
  } catch (error) {
    const fix = "start it with: systemctl start firewalld";
    return fail({ reason: reasonOf(error), fix });
  }
}

/** The first version with policies, and with the setting FlushAllOnReload. */
const OLDEST = [0, 9];

async function judgeFirewalld(bus: Bus, version: string): Promise<Unusable | undefined> {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < (OLDEST[0] ?? 0) || (major === 0 && minor < (OLDEST[1] ?? 0)))
    return {
      reason: `firewalld ${version} is too old`,
      fix: `update it to ${OLDEST.join(".")} or later, or use another enforcer`,
    };
  if (String(await bus.property(PERMANENT, "FlushAllOnReload")) === "no")
    return {
      reason:
        "firewalld keeps runtime settings at a reload, and adds the entries of sets one by one",
      fix: "set FlushAllOnReload=yes in firewalld.conf, or use another enforcer",
    };
  return undefined;
}

interface RuleChoice {
  readonly rules: Rules;
  readonly formerRules: Rules;
}

async function chooseRules(
  bus: Bus,
  { verdict = "drop", rules = "auto" }: FirewalldOptions,
): Promise<Result<RuleChoice, Unusable>> {
  const backend = String(await bus.property(PERMANENT, "FirewallBackend"));
  const [ipset, iptablesSave, ip6tablesSave, nft] = [
    ...["ipset", "iptables-save", "ip6tables-save", "nft"].map(findProgram),
  ];
  const direct = createDirectRules(bus, {
    ipset: ipset ?? "ipset",
    iptablesSave: iptablesSave ?? "iptables-save",
    ip6tablesSave: ip6tablesSave ?? "ip6tables-save",
  });
  const policy = createPolicyRules(bus, nft ?? "nft", verdict);
  const canDirect = [ipset, iptablesSave, ip6tablesSave].every((path) => path !== undefined);
  const canPolicy = backend === "nftables" && nft !== undefined;
  const wants = rules === "auto" ? (verdict === "drop" && canDirect ? "direct" : "policy") : rules;
  if (wants === "direct" && verdict === "reject")
    return fail({
      reason: "direct rules at raw PREROUTING cannot reject",
      fix: 'set verdict = "drop" or rules = "policy"',
    });
  if (wants === "direct" && canDirect) return ok({ rules: direct, formerRules: policy });
  if (wants === "policy" && canPolicy) return ok({ rules: policy, formerRules: direct });
  return fail({
    reason: `firewalld (backend ${backend}) cannot drop packets of sets with what is installed`,
    fix:
      wants === "direct" || backend !== "nftables"
        ? "install the packages ipset and iptables"
        : "install the package nftables",
  });
}

function usualKeys({ ipv6Prefixes }: FirewalldOptions): readonly SetKey[] {
  return [
    { family: "ipv4", prefix: 32, scope: ALL_PORTS },
    ...[...new Set([128, ...ipv6Prefixes])].map(
      (prefix): SetKey => ({ family: "ipv6", prefix, scope: ALL_PORTS }),
    ),
  ];
}

function firewalldOn(
  bus: Bus,
  version: string,
  choice: RuleChoice,
  options: FirewalldOptions,
): Firewalld {
  const structure = new Structure({
    ...{ bus, ...choice, usual: usualKeys(options) },
    aroundReload: options.aroundReload ?? ((reload) => reload()),
  });
  /** Runs one change at a time: a comparison must not see half of a change. */
  const inTurn = createSerialQueue();
  const { kind, place } = choice.rules;
  const describe = async (): Promise<string> => {
    const sets = structure.pairs().flatMap(setNamesOf).length;
    return `firewalld ${version}, ${sets} ipsets, ${place}, for ${await describeZones(bus)}`;
  };
  return {
    name: "firewalld",
    enforcing: true,
    abilities: ABILITIES[`firewalld, ${kind} rules`],
    rules: kind,
    prepare: async () => {
      try {
        const repaired = await inTurn(() => structure.prepare());
        return { error: undefined, repaired, structure: await describe() };
      } catch (error) {
        return { error: reasonOf(error), repaired: false, structure: undefined };
      }
    },
    apply: (changes: readonly Change[], now): Promise<readonly Refusal[]> =>
      inTurn(() => applyChanges({ bus, structure, isAllowed: options.isAllowed }, changes, now)),
    list: () => list(structure),
    lookup: undefined,
    count: async (subjects) => {
      const listed = Map.groupBy(await list(structure), ({ subject }) => subject);
      return subjects.flatMap((subject) => listed.get(subject) ?? []);
    },
    watch: (signal) =>
      watchNotices(
        options.emit,
        (onNotice) => {
          const isIntact = (): Promise<boolean> => inTurn(() => structure.isIntact());
          void watchFirewalld({ bus, structure, isIntact, onNotice }, signal);
        },
        signal,
      ),
    removeAll: async () => {
      try {
        await inTurn(() => structure.removeAll());
        return ok(undefined);
      } catch (error) {
        return fail(reasonOf(error));
      }
    },
    close: async () => {},
  };
}

/** Lists the blocks in the kernel. Rejects if it cannot be read. */
async function list(structure: Structure): Promise<readonly EnforcedBlock[]> {
  const { entries } = await structure.readKernel();
  return structure.pairs().flatMap((key) => {
    const subjects = new Set(setNamesOf(key).flatMap((name) => [...(entries.get(name) ?? [])]));
    return [...subjects].map(
      (subject): EnforcedBlock => ({
        subject: subject as Subject,
        scope: key.scope,
        packets: undefined,
        left: undefined,
      }),
    );
  });
}
