/** A packet from each banned address, and whether the kernel's own counter says that it was dropped. */
import type { Ban } from "../../domain/ban.ts";
import { type Port, portsOf } from "../../domain/port-scope.ts";
import { nextTurn } from "../../platform/timers.ts";
import type { BlockKey, Enforcement } from "../enforcement.ts";
import type { Jail } from "../jail.ts";
import type { Tried } from "./decide-trial.ts";
import type { Finding } from "../trial-steps.ts";

export interface DropOptions {
  readonly jail: Jail;
  readonly enforcement: Enforcement;
}

export const FIREWALL_FIX =
  "bailiff doctor says what is wrong with the firewall; nft list ruleset shows it";

/** Packets are counted within microseconds; the rest is room for a busy host. */
const LOOKS = 200;

export async function dropPacket(
  { enforcement, jail }: DropOptions,
  bans: readonly Ban[],
  tried: readonly Tried[],
): Promise<Finding> {
  const { sendTestPacket } = await import("../../platform/send-test-packet.ts");
  const port: Port = portsOf(jail.policy.scope)[0] ?? { protocol: "tcp", number: 22 };
  const dropped: string[] = [];
  const untried: string[] = [];
  for (const [index, { ip, to }] of tried.entries()) {
    const ban = bans[index];
    if (ban === undefined) continue;
    const before = await packetsOf(enforcement, ban);
    const sent = await sendTestPacket({ from: ip, to, port });
    if (!sent.ok) {
      untried.push(`${ip}: ${sent.error.reason}`);
      continue;
    }
    let after = before;
    for (let look = 0; look < LOOKS && after === before; look++) {
      after = await packetsOf(enforcement, ban);
      await nextTurn();
    }
    if (after === "uncounted") untried.push(`${ip}: this kernel counts no packets of a block`);
    else if (after === before || typeof after !== "number") {
      const state =
        after === "absent" ? "its block was gone" : "the counter of its block stays as it was";
      const evidence = `a packet from ${ip} to ${to} was not dropped: ${state}`;
      return {
        outcome: "failed",
        evidence,
        fix: `${FIREWALL_FIX}: look for what accepts or removes before`,
      };
    } else dropped.push(`a packet from ${ip} to ${to} was dropped`);
  }
  if (dropped.length === 0)
    return { outcome: "impossible", evidence: `not possible here: ${untried.join("; ")}` };
  const rest = untried.length === 0 ? "" : `; not tried: ${untried.join("; ")}`;
  return { outcome: "proven", evidence: dropped.join(", ") + rest };
}

async function packetsOf(
  enforcement: Enforcement,
  ban: Ban,
): Promise<number | "uncounted" | "absent"> {
  const blocks = await enforcement.count([ban.subject]);
  const block = blocks.find((one) => sameBlock(one, ban));
  return block === undefined ? "absent" : (block.packets ?? "uncounted");
}

export function sameBlock(a: BlockKey, b: BlockKey): boolean {
  return a.subject === b.subject && a.scope === b.scope;
}
