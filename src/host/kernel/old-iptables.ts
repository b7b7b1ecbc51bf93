/**
 * Judges how legacy iptables rules treat a new connection to a port. Reads plain rules only; does not follow chains.
 */
import type { InputFilterFacts } from "../../domain/host-facts.ts";

/** Judges the rules. `saved` is the output of iptables-save(8). */
export function judgeOldRules(saved: string, port: number): InputFilterFacts {
  const filter = /^\*filter$([\s\S]*?)^COMMIT$/m.exec(saved)?.[1];
  if (filter === undefined) return { verdict: "open", evidence: [] };
  const policy = /^:INPUT (\w+)/m.exec(filter)?.[1] ?? "ACCEPT";
  const rules = filter.split("\n").filter((line) => line.startsWith("-A "));
  const closes =
    policy === "DROP" || rules.some((rule) => /^-A INPUT -j (?:DROP|REJECT)/.test(rule));
  if (!closes) return { verdict: "open", evidence: [] };
  const accepting = rules.filter((rule) => rule.includes("-j ACCEPT") && namesPort(rule, port));
  const limited = accepting.every((rule) =>
    /(?:^| )-s |--limit|-m (?:recent|set|hashlimit)/.test(rule),
  );
  const verdict = accepting.length === 0 ? "closed" : limited ? "limited" : "accepted";
  const what = {
    closed: `no plain rule accepts port ${port}`,
    limited: `port ${port} is accepted from some sources or at some rate only`,
    accepted: `a rule accepts port ${port}`,
  }[verdict];
  return { verdict, evidence: [`iptables-legacy INPUT (policy ${policy}): ${what}`] };
}

function namesPort(rule: string, port: number): boolean {
  const [, list = ""] = /--dports? (\S+)/.exec(rule) ?? [];
  return list.split(",").some((part) => {
    const [low = "", high = low] = part.split(":");
    return Number(low) <= port && port <= Number(high) && low !== "";
  });
}
