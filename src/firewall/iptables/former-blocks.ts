/**
 * Finds what an earlier run with other settings has left: rules of the other variant, ipsets, or chains of blocks. Its
 * blocks are taken over before they are removed, so that no packet passes in between.
 */
import { duration } from "../../domain/duration.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { openAddressSets } from "./address-sets.ts";
import type { BlockStore } from "./block-store.ts";
import { createChainStore } from "./chain-store.ts";
import { scopesIn } from "./chain-rules.ts";
import { removeChains } from "./family-chains.ts";
import { findUsedTables, VARIANTS, type Variant } from "./programs.ts";
import type { MemberChange } from "./resolve-changes.ts";
import { type ScopeKey, scopeNameOf } from "./scope-name.ts";
import { createSetStore, destroySets } from "./set-store.ts";
import { splitSubject } from "../../domain/cidr.ts";
import type { Tables } from "./tables.ts";

export interface Former {
  readonly scopes: readonly ScopeKey[];
  readonly members: readonly MemberChange[];
  /** Removes it. What cannot be removed is harmless: it blocks no more than what was taken over. */
  remove(): Promise<void>;
}

/** How long blocks without an end last after they were taken over: until the book gives each its end again. */
const PROVISIONAL = duration(3_600_000);

export async function findFormer(
  {
    variant,
    tables,
    kind,
  }: {
    readonly variant: Variant;
    readonly tables: readonly Tables[];
    readonly kind: BlockStore["kind"];
  },
  now: Instant,
): Promise<Former> {
  const others: Tables[] = [];
  for (const other of VARIANTS.filter((one) => one !== variant))
    others.push(...(await findUsedTables(other)));
  const scopes = (await Array.fromAsync([...tables, ...others], readScopes)).flat();
  const ipset = findProgram("ipset");
  const sets = kind === "chains" && ipset !== undefined ? openAddressSets(ipset) : undefined;
  const stores = [
    createChainStore(kind === "sets" ? [...tables, ...others] : others),
    ...(sets === undefined
      ? []
      : [createSetStore(sets, () => Promise.reject(new Error("unused")))]),
  ];
  const blocks = (
    await Array.fromAsync(stores, (store) => store.list(scopes).catch(() => []))
  ).flat();
  return {
    scopes,
    members: blocks.map((block) => memberOf(block, now)),
    async remove() {
      for (const one of others) await removeChains(one);
      if (sets !== undefined) await destroySets(sets);
    },
  };
}

async function readScopes(tables: Tables): Promise<readonly ScopeKey[]> {
  const saved = await tables.read();
  return saved.ok ? scopesIn(saved.value, tables.family) : [];
}

function memberOf({ subject, scope, left }: EnforcedBlock, now: Instant): MemberChange {
  const key = { family: splitSubject(subject).family, scope };
  const until = instant(now + (left ?? PROVISIONAL));
  const change = { kind: "add", subject, scope, until } as const;
  return { change, key, name: scopeNameOf(key), subject, until };
}
