/**
 * Runs the second half of a self-test, from counting a failure to lifting the ban. Failures of reserved addresses pass
 * the jail's threshold and policy; the ban is recorded, enforced, read back from the kernel, drops a packet, and is
 * lifted. No real client is affected: the addresses are of the documentation ranges, and bans of a killed daemon expire
 * within TEST_BAN_LENGTH.
 */
import { recordFix } from "../record-fix.ts";
import { CANARY_DAEMON } from "../../domain/audit-author.ts";
import type { Ban } from "../../domain/ban.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Clock } from "../../domain/clock.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { Port } from "../../domain/port-scope.ts";
import type { Allow } from "../../pipeline/allow/allow.ts";
import type { BanKey } from "../../firewall/ban-key.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { blocksOf, type EnforcerBlock } from "../../firewall/enforcer-block.ts";
import { summarizeEnforcers } from "../../firewall/summarize-enforcers.ts";
import { explainNoFirewall } from "../../jails/ban-means.ts";
import type { Jail } from "../../jails/jail.ts";
import { chooseTestAddresses, decideTestBans, TEST_BAN_LENGTH } from "./decide-test-bans.ts";
import { dropPacket, FIREWALL_FIX } from "./drop-packet.ts";
import type { Finding, StepLog } from "./self-test-steps.ts";

export interface TryBanOptions {
  readonly log: StepLog;
  readonly jail: Jail;
  /** The port on which the service was dialed; undefined: not dialed, so the ban's own port is used. */
  readonly port: Port | undefined;
  readonly book: BanBook;
  readonly allow: Allow;
  readonly clock: Clock;
  readonly firewall: Firewall;
  readonly onBansChanged: (keys: readonly BanKey[]) => Promise<void>;
}

export async function tryBan(options: TryBanOptions): Promise<void> {
  const { log, jail } = options;
  let bans: readonly Ban[] = [];
  const addresses = chooseTestAddresses(options);
  await log.take("decide", () => {
    const decided = decideTestBans(options, addresses);
    bans = decided.bans;
    return decided.finding;
  });
  if (log.failed) return;
  try {
    await log.take("record", () => record(options, bans));
    const unused = explainNoFirewall(jail.config);
    if (unused !== undefined) {
      const evidence = `enforcer = "memory": ${unused}`;
      for (const step of ["enforce", "kernel", "drop"] as const)
        await log.take(step, () => ({ outcome: "impossible", evidence }));
    } else {
      await log.take("enforce", () => enforce(options, bans));
      await log.take("kernel", () => readBack(options, bans));
      await log.take("drop", () => dropPacket(options, bans, addresses));
    }
  } finally {
    // Lifts the bans even if a step failed.
    const lifted = lift(options, bans);
    await log.take("lift", () => lifted);
    await lifted;
  }
}

function record({ book }: TryBanOptions, bans: readonly Ban[]): Finding {
  const openings = book.commit({
    steps: bans.map((ban) => ({ kind: "ban", ban, who: CANARY_DAEMON })),
    cursors: [],
  });
  const status = book.status();
  if (status.state === "ok" && openings.every(({ change }) => change === "opened"))
    return { outcome: "proven", evidence: "in the ban book, on disk" };
  const evidence =
    status.state === "ok"
      ? "the ban book did not accept it as a new ban"
      : `only in memory, the database does not accept writes: ${status.reason}`;
  const fix = recordFix(status.state === "ok" ? { kind: "disk" } : status);
  return { outcome: "failed", evidence, fix };
}

async function enforce(options: TryBanOptions, bans: readonly Ban[]): Promise<Finding> {
  const { book, firewall, jail, onBansChanged } = options;
  await onBansChanged(bans);
  const held = bans.map(({ jail, subject }) => book.ban(jail, subject));
  if (held.every((ban) => ban?.state === "enforced"))
    return { outcome: "proven", evidence: "the firewall accepted the ban" };
  const [gap] = held.flatMap((ban) => ban?.gaps ?? []);
  const { missing } = summarizeEnforcers(firewall.enforcersFor(jail.name));
  const evidence = missing?.reason ?? gap?.error ?? "the firewall did not confirm it";
  return { outcome: "failed", evidence, fix: FIREWALL_FIX };
}

async function readBack({ firewall }: TryBanOptions, bans: readonly Ban[]): Promise<Finding> {
  const blocks = await firewall.count(bans.map(({ subject }) => subject));
  const missing = bans.filter((ban) => !isHeld(firewall, ban, blocksOf(ban, blocks)));
  if (missing.length === 0) return { outcome: "proven", evidence: "the kernel's sets contain it" };
  const evidence = `removed from the kernel immediately: ${missing.map(({ subject }) => subject).join(", ")}; another program removes it`;
  return { outcome: "failed", evidence, fix: FIREWALL_FIX };
}

/** Returns whether each enforcer of the jail has a block of the ban. */
function isHeld(firewall: Firewall, { jail }: Ban, holding: readonly EnforcerBlock[]): boolean {
  const holders = new Set(holding.map(({ enforcer }) => enforcer));
  return firewall.enforcersFor(jail).every((enforcer) => holders.has(enforcer));
}

async function lift(options: TryBanOptions, bans: readonly Ban[]): Promise<Finding> {
  const { book, clock, firewall, onBansChanged } = options;
  const order = { who: CANARY_DAEMON, reason: "the test has ended" };
  for (const { jail, subject } of bans) book.close({ jail, subject }, order, clock.now());
  await onBansChanged(bans);
  const blocks = await firewall.count(bans.map(({ subject }) => subject));
  const left = bans.filter((ban) => blocksOf(ban, blocks).length > 0);
  if (left.length === 0)
    return { outcome: "proven", evidence: "removed from the book and the kernel" };
  const evidence = `still in the kernel: ${left.map(({ subject }) => subject).join(", ")}; it expires in ${formatDuration(TEST_BAN_LENGTH)}`;
  return { outcome: "failed", evidence, fix: FIREWALL_FIX };
}
