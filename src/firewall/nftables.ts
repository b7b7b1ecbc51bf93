/**
 * Enforces bans with nftables: a dedicated table, early in prerouting, whose hash sets hold the blocks. Works in this
 * process through libnftables and netlink, or through the `nft` command when those are missing. Blocks outlive the
 * daemon: `close` leaves everything in the kernel, only `removeAll` removes them.
 */
import { ALL_PORTS } from "../domain/port-scope.ts";
import {
  type EnforcedBlock,
  type Enforcer,
  type Prepared,
  TABLE_NAME,
} from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { maskIp, type Subject, splitSubject } from "../domain/cidr.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Emit } from "../telemetry/events.ts";
import type { IsAllowed } from "./admit-change.ts";
import { ABILITIES } from "./enforcer-abilities.ts";
import { applyChanges } from "./nftables/apply-changes.ts";
import { openCommandKernel } from "./nftables/command-kernel.ts";
import {
  describeUnusable,
  explainUnanswerable,
  explainUnusable,
  ownerIn,
  type Unusable,
} from "./nftables/explain-error.ts";
import type { Kernel } from "./nftables/kernel.ts";
import { openLibraryKernel } from "./nftables/library-kernel.ts";
import { createLookup } from "./nftables/look-up-blocks.ts";
import { watchNotices } from "./notice-queue.ts";
import { describeStructure } from "./nftables/table-structure.ts";
import { parseSetName, type SetKey } from "./nftables/set-key.ts";
import { createTable, type Layout, type Table } from "./nftables/table.ts";
import type { Verdict } from "./verdict.ts";

export type { Unusable };

export interface NftablesOptions {
  /** Name of the table: letters, digits and "_". */
  readonly table?: string;
  /** Prefix lengths with which jails ban IPv6; other lengths get a set when the first block needs it. */
  readonly ipv6Prefixes: readonly number[];
  /** Default: drop. */
  readonly verdict?: Verdict;
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
  readonly library?: "libnftables" | "nft" | "auto";
}

export interface Nftables extends Enforcer {
  /** How the enforcer reaches the kernel. */
  readonly through: "libnftables" | "nft";
}

/** Opens the enforcer. Fails with what is missing and how to fix it. */
export async function openNftables(options: NftablesOptions): Promise<Result<Nftables, Unusable>> {
  const name = options.table ?? TABLE_NAME;
  if (!/^[A-Za-z]\w{0,31}$/.test(name))
    return fail({
      reason: `"${name}" is not a valid name of an nftables table`,
      fix: "use another name",
    });
  const opened = await openKernel(name, options.library ?? "auto");
  if (!opened.ok)
    return fail({ reason: opened.error, fix: "install the packages nftables and libnftables1" });
  const kernel = opened.value;
  // Adding the table, even if it exists, proves both the permission and a capable kernel.
  const proof = await kernel.run(`add table inet ${name}\n`);
  if (!proof.ok) {
    const why = await explainRefusal(kernel, name, proof.error);
    await kernel.close();
    return fail(why);
  }
  const found = (await kernel.setNames()).map(parseSetName).filter((key) => key !== undefined);
  const layout = { table: name, verdict: options.verdict ?? { kind: "drop" } } as const;
  const table = createTable(kernel, layout, { fixed: usualKeys(options), found });
  return ok(nftablesOn(kernel, table, layout, options));
}

/** Explains a refusal: missing permissions, or another program that owns the table. */
async function explainRefusal(kernel: Kernel, table: string, error: string): Promise<Unusable> {
  if (!/not permitted/i.test(error)) return explainUnusable(error);
  const { output } = await kernel.run(`list table inet ${table}\n`);
  return explainUnusable(error, ownerIn(output));
}

async function openKernel(
  table: string,
  library: "libnftables" | "nft" | "auto",
): Promise<Result<Kernel, string>> {
  const inProcess = library === "nft" ? undefined : await openLibraryKernel(table);
  if (inProcess?.ok || library === "libnftables") return inProcess ?? fail("");
  const command = await openCommandKernel(table);
  if (command.ok || inProcess === undefined) return command;
  return fail(`${inProcess.error}; ${command.error}`);
}

function usualKeys({ ipv6Prefixes }: NftablesOptions): readonly SetKey[] {
  const lengths = new Set([128, ...ipv6Prefixes]);
  return [
    { family: "ipv4", prefix: 32, scope: ALL_PORTS },
    ...[...lengths].map((prefix): SetKey => ({ family: "ipv6", prefix, scope: ALL_PORTS })),
  ];
}

function nftablesOn(
  kernel: Kernel,
  table: Table,
  layout: Layout,
  options: NftablesOptions,
): Nftables {
  return {
    name: "nftables",
    enforcing: true,
    abilities: ABILITIES.nftables,
    through: kernel.name,
    prepare: (now) => prepare(kernel, table, layout, now),
    apply: (changes, now) =>
      applyChanges({ kernel, table, isAllowed: options.isAllowed }, changes, now),
    list: () => list(kernel),
    lookup: kernel.finds === "each" ? createLookup(kernel, table.keys) : undefined,
    count: (subjects) => count(kernel, table, subjects),
    watch: (signal) =>
      watchNotices(options.emit, (onNotice) => kernel.watch(onNotice, signal), signal),
    removeAll: async () => {
      const removed = await kernel.remove();
      return removed.ok ? ok(undefined) : fail(removed.error);
    },
    close: () => kernel.close(),
  };
}

async function prepare(
  kernel: Kernel,
  table: Table,
  layout: Layout,
  now: Instant,
): Promise<Prepared> {
  const prepared = await table.prepare(now);
  if (prepared.ok) {
    const { repaired, structure } = prepared.value;
    return { error: undefined, repaired, structure: describeStructure(layout, structure) };
  }
  const why =
    explainUnanswerable(layout.verdict, prepared.error) ??
    (await explainRefusal(kernel, layout.table, prepared.error));
  return { error: describeUnusable(why), repaired: false, structure: undefined };
}

async function list(kernel: Kernel): Promise<readonly EnforcedBlock[]> {
  const blocks: EnforcedBlock[] = [];
  for await (const { set, elements } of kernel.elements()) {
    const key = parseSetName(set);
    if (key === undefined) continue;
    for (const { ip, packets, left } of elements) {
      blocks.push({ subject: maskIp(ip, key.prefix), scope: key.scope, packets, left });
    }
  }
  return blocks;
}

async function count(
  kernel: Kernel,
  table: Table,
  subjects: readonly Subject[],
): Promise<readonly EnforcedBlock[]> {
  const parts = subjects.map(splitSubject);
  const blocks: EnforcedBlock[] = [];
  for (const [set, { family, prefix, scope }] of table.keys) {
    const asked = parts.filter((part) => part.family === family && part.prefix === prefix);
    if (asked.length === 0) continue;
    const found = await kernel.find(
      set,
      asked.map(({ ip }) => ip),
    );
    for (const { ip, packets, left } of found)
      blocks.push({ subject: maskIp(ip, prefix), scope, packets, left });
  }
  return blocks;
}
