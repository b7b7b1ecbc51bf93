import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeOldRules } from "./old-iptables.ts";

function saved(policy: string, ...rules: readonly string[]): string {
  return ["*filter", `:INPUT ${policy} [0:0]`, ...rules, "COMMIT", ""].join("\n");
}

test("legacy rules: policy, a final reject, ports in lists and ranges, sources", () => {
  const table: readonly (readonly [string, string])[] = [
    [saved("ACCEPT"), "open"],
    [saved("DROP"), "closed"],
    [saved("DROP", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"), "accepted"],
    [saved("DROP", "-A INPUT -p tcp -m multiport --dports 80,20:30 -j ACCEPT"), "accepted"],
    [saved("DROP", "-A INPUT -p tcp -m tcp --dport 2200 -j ACCEPT"), "closed"],
    [saved("DROP", "-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT"), "limited"],
    [saved("ACCEPT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited"), "closed"],
    ["*nat\nCOMMIT\n", "open"],
  ];
  for (const [text, verdict] of table) assert.equal(judgeOldRules(text, 22).verdict, verdict, text);
});
