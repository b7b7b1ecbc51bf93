/**
 * Drops packets by direct rules of firewalld in the table raw, which firewalld gives to iptables: before connection
 * tracking, so for open connections too, for this host and for what it forwards, in every zone. The sets are those of
 * `ipset`.
 */
import type { Subject } from "../../domain/cidr.ts";
import { portsOf } from "../../domain/port-scope.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { type Bus, PERMANENT, RUNTIME, stringsIn } from "./bus.ts";
import type { KernelState, Rules } from "./rules.ts";
import { NAME_PREFIX, type SetKey, setNamesOf } from "./set-name.ts";

/** Programs that read the rules and sets. firewalld needs their packages for its direct rules, too. */
export interface DirectPrograms {
  readonly ipset: string;
  readonly iptablesSave: string;
  readonly ip6tablesSave: string;
}

interface DirectRule {
  readonly ipv: string;
  readonly args: readonly string[];
}

/** Maximum number of ports of one match (iptables-extensions(8), multiport). */
const PORTS_PER_RULE = 15;
const TIMEOUT_MILLISECONDS = 30_000;

export function createDirectRules(bus: Bus, programs: DirectPrograms): Rules {
  return {
    kind: "direct",
    place: "direct rules at raw PREROUTING",
    readKernel: () => readKernel(programs),
    // A rule of a set that is going to be removed. New rules are tried at runtime first.
    beforeReload: async (keys) => {
      const wanted = textsOf(keys);
      for (const rule of await ourRules(bus, PERMANENT))
        if (!wanted.has(textOf(rule))) await change(bus, PERMANENT, "removeRule", rule);
    },
    repair: async (keys) => {
      let repaired = false;
      for (const object of [RUNTIME, PERMANENT] as const) {
        const present = new Set((await ourRules(bus, object)).map(textOf));
        for (const rule of keys.flatMap(rulesOf)) {
          if (present.has(textOf(rule))) continue;
          await change(bus, object, "addRule", rule);
          repaired = true;
        }
      }
      return repaired ? "repaired" : "unchanged";
    },
    removePermanent: async () => {
      const rules = await ourRules(bus, PERMANENT);
      for (const rule of rules) await change(bus, PERMANENT, "removeRule", rule);
      return rules.length > 0;
    },
  };
}

function rulesOf(key: SetKey): readonly DirectRule[] {
  const ipv = key.family;
  return setNamesOf(key).flatMap((name) => {
    const match = ["-m", "set", "--match-set", name, "src"];
    const end = ["-m", "comment", "--comment", "bailiff", "-j", "DROP"];
    return portMatches(key).map((ports) => ({ ipv, args: [...ports, ...match, ...end] }));
  });
}

function portMatches({ scope }: SetKey): readonly (readonly string[])[] {
  const ports = portsOf(scope);
  if (ports.length === 0) return [[]];
  return (["tcp", "udp"] as const).flatMap((protocol) => {
    const numbers = ports.filter((port) => port.protocol === protocol).map(({ number }) => number);
    const groups = Array.from({ length: Math.ceil(numbers.length / PORTS_PER_RULE) }, (_, i) =>
      numbers.slice(i * PORTS_PER_RULE, (i + 1) * PORTS_PER_RULE),
    );
    return groups.map((group) => ["-p", protocol, "-m", "multiport", "--dports", group.join(",")]);
  });
}

function textOf({ ipv, args }: DirectRule): string {
  return `${ipv} ${args.join(" ")}`;
}

function textsOf(keys: readonly SetKey[]): ReadonlySet<string> {
  return new Set(keys.flatMap(rulesOf).map(textOf));
}

async function ourRules(
  bus: Bus,
  object: typeof RUNTIME | typeof PERMANENT,
): Promise<readonly DirectRule[]> {
  const rules = await bus.call({ object, method: `${interfaceOf(object)}.getAllRules` });
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule): readonly DirectRule[] => {
    if (!Array.isArray(rule)) return [];
    const [ipv, table, chain, , args] = rule;
    const words = stringsIn(args);
    const isOurs = words[words.indexOf("--match-set") + 1]?.startsWith(NAME_PREFIX) ?? false;
    return table === "raw" && chain === "PREROUTING" && isOurs
      ? [{ ipv: String(ipv), args: words }]
      : [];
  });
}

async function change(
  bus: Bus,
  object: typeof RUNTIME | typeof PERMANENT,
  method: "addRule" | "removeRule",
  { ipv, args }: DirectRule,
): Promise<void> {
  await bus.call({
    object,
    method: `${interfaceOf(object)}.${method}`,
    signature: "sssias",
    args: [ipv, "raw", "PREROUTING", "0", String(args.length), ...args],
  });
}

function interfaceOf(object: typeof RUNTIME | typeof PERMANENT): string {
  return object === RUNTIME ? "direct" : "config.direct";
}

async function readKernel(programs: DirectPrograms): Promise<KernelState> {
  const [sets, ipv4, ipv6] = await Promise.all([
    run(programs.ipset, "save"),
    run(programs.iptablesSave, "-t", "raw"),
    run(programs.ip6tablesSave, "-t", "raw"),
  ]);
  const present = new Set([...rulesIn("ipv4", ipv4), ...rulesIn("ipv6", ipv6)]);
  return {
    entries: entriesIn(sets),
    guards: (key) => rulesOf(key).every((rule) => present.has(textOf(rule))),
  };
}

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const timeoutMilliseconds = TIMEOUT_MILLISECONDS;
  const end = await runProgram({ argv: [program, ...args], input: "", timeoutMilliseconds });
  if (!end.ok) throw new Error(`cannot read the firewall: ${end.error}`);
  return end.output;
}

/** Parses lines such as "-A PREROUTING -m set --match-set bailiff-v4-32-a src ... -j DROP" of iptables-save. */
function rulesIn(ipv: string, saved: string): readonly string[] {
  return saved.split("\n").flatMap((line) => {
    const args = /^-A PREROUTING(?:_direct)? (.*)$/.exec(line)?.[1];
    return args === undefined ? [] : [`${ipv} ${args}`];
  });
}

/** Parses "create NAME TYPE ..." and "add NAME ENTRY" of `ipset save`. */
export function entriesIn(saved: string): ReadonlyMap<string, ReadonlySet<Subject>> {
  const sets = new Map<string, Set<Subject>>();
  for (const line of saved.split("\n")) {
    const [word, name = "", entry = ""] = line.split(" ", 3);
    if (!name.startsWith(NAME_PREFIX)) continue;
    const set = sets.getOrInsertComputed(name, () => new Set());
    // The kernel spells an address as we do.
    if (word === "add") set.add(entry as Subject);
  }
  return sets;
}
