/** Sends a packet from each banned address and verifies by the kernel's counter that it was dropped. */
import { formatPortsSetting, namePorts } from "../../domain/format-ports.ts";
import type { Ban } from "../../domain/ban.ts";
import { type Port, type PortScope, portsOf } from "../../domain/port-scope.ts";
import { nextTurn } from "../../host/timers.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { blocksOf, packetsOf } from "../../firewall/enforcer-block.ts";
import type { Jail } from "../../jails/jail.ts";
import type { TestAddress } from "./decide-test-bans.ts";
import type { Finding } from "./self-test-steps.ts";

export interface DropOptions {
  readonly jail: Jail;
  readonly firewall: Firewall;
  /** The port of the failed login; undefined: the service was not dialed. */
  readonly port: Port | undefined;
}

export const FIREWALL_FIX =
  "bailiff doctor shows what is wrong with the firewall; nft list ruleset shows it";

/**
 * How many times the counter is read: more than the minimum only within the time, because some enforcers take 50 ms for
 * it. Packets are counted within microseconds, except on a busy host.
 */
const MIN_LOOKS = 20;
const MAX_LOOKS = 200;
const LOOK_MS = 1000;

export async function dropPacket(
  { firewall, jail, port: dialed }: DropOptions,
  bans: readonly Ban[],
  addresses: readonly TestAddress[],
): Promise<Finding> {
  const { sendTestPacket } = await import("../../host/kernel/send-test-packet.ts");
  const { scope } = jail.policy;
  const port: Port = dialed ?? portsOf(scope)[0] ?? { protocol: "tcp", number: 22 };
  const open = isOpen(scope, port) ? leftOpen(scope, port) : undefined;
  const dropped: string[] = [];
  const untested: string[] = [];
  for (const [index, { ip, to }] of addresses.entries()) {
    const ban = bans[index];
    if (ban === undefined) continue;
    const before = await packetsDropped(firewall, ban);
    const sent = await sendTestPacket({ from: ip, to, port });
    if (!sent.ok) {
      untested.push(`${ip}: ${sent.error.reason}`);
      continue;
    }
    const after = await counterAfter(firewall, ban, before);
    if (open !== undefined && after === before)
      return { ...open, evidence: `${open.evidence}: a packet to that port was not dropped` };
    if (after === "uncounted") untested.push(`${ip}: this kernel counts no packets of a block`);
    else if (after === before && (await mayPass(firewall, ban)))
      untested.push(`${ip}: your rules may accept packets of the loopback interface first`);
    else if (after === before || typeof after !== "number") {
      const state =
        after === "absent" ? "its block is missing" : "the counter of its block did not change";
      const evidence = `a packet from ${ip} to ${to} was not dropped: ${state}`;
      return {
        outcome: "failed",
        evidence,
        fix: `${FIREWALL_FIX}: check which rules accept or remove it first`,
      };
    } else dropped.push(`a packet from ${ip} to ${to} was dropped`);
  }
  if (dropped.length === 0 && open !== undefined) return open;
  if (dropped.length === 0)
    return { outcome: "impossible", evidence: `not possible here: ${untested.join("; ")}` };
  const rest = untested.length === 0 ? "" : `; not tested: ${untested.join("; ")}`;
  return { outcome: "proven", evidence: dropped.join(", ") + rest };
}

function isOpen(scope: PortScope, { protocol, number }: Port): boolean {
  const closed = portsOf(scope);
  return (
    closed.length > 0 &&
    !closed.some((port) => port.protocol === protocol && port.number === number)
  );
}

function leftOpen(scope: PortScope, port: Port): Finding & { readonly outcome: "failed" } {
  const closed = portsOf(scope);
  const evidence = `the service answered on ${namePorts([port])}, but a ban closes only ${namePorts(closed)}`;
  const ports = formatPortsSetting([port, ...closed]);
  return { outcome: "failed", evidence, fix: `in the jail: ports = ${ports}, or ports = "all"` };
}

/** Reads the counter until it changes. */
async function counterAfter(firewall: Firewall, ban: Ban, before: Counter): Promise<Counter> {
  const end = performance.now() + LOOK_MS;
  for (let look = 1; ; look++) {
    const after = await packetsDropped(firewall, ban);
    if (after !== before || look >= (performance.now() < end ? MAX_LOOKS : MIN_LOOKS)) return after;
    await nextTurn();
  }
}

/** Returns whether the packet, which comes over the loopback interface, may be accepted before each of the blocks. */
async function mayPass(firewall: Firewall, ban: Ban): Promise<boolean> {
  const holding = blocksOf(ban, await firewall.count([ban.subject]));
  const passes = holding.map(({ enforcer }) => enforcer.abilities?.mayPassLoopback === true);
  return passes.length > 0 && passes.every(Boolean);
}

type Counter = number | "uncounted" | "absent";

async function packetsDropped(firewall: Firewall, ban: Ban): Promise<Counter> {
  const holding = blocksOf(ban, await firewall.count([ban.subject]));
  return holding.length === 0 ? "absent" : (packetsOf(holding) ?? "uncounted");
}
