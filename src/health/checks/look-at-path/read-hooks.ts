/**
 * Reads what the firewall does before and in bailiff's chain, again whenever it changed. Asking for a change costs 0.1
 * ms. A slow reading is not repeated soon, so that a huge, ever-changing ruleset costs at most a thousandth of a core;
 * but within ten minutes, because a reading is also slow on a host that is busy for a moment.
 */
import type { Instant } from "../../../domain/instant.ts";
import { loadNetlink, type OpenNetlink } from "../../../host/kernel/netlink-socket.ts";
import {
  type EarlyHooks,
  readEarlyHooks,
  readGeneration,
} from "../../../host/kernel/early-hooks.ts";

export interface HookReader {
  renew(now: Instant): Promise<void>;
  /** Returns the last reading; undefined: unreadable. */
  last(): EarlyHooks | undefined;
}

const RENEW_MS = 600_000;
const PACE = 1000;
const BASE_CHAIN = "guard";

export function createHookReader(table: string): HookReader {
  let open: OpenNetlink | undefined;
  let seen: EarlyHooks | undefined;
  let generation: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let rest = 0;

  async function read(now: Instant): Promise<void> {
    open ??= await openSocket();
    if (open === undefined || (now >= readAt && now - readAt < rest)) return;
    const current = await readGeneration(open);
    const old = now < readAt || now - readAt >= RENEW_MS;
    if (!old && current !== undefined && current === generation) return;
    const began = performance.now();
    seen = await readEarlyHooks(open, { table, chain: BASE_CHAIN });
    generation = current;
    readAt = now;
    rest = Math.min((performance.now() - began) * PACE, RENEW_MS);
  }

  return {
    async renew(now) {
      try {
        await read(now);
      } catch {
        // No permission, or the ruleset changed during the reading: claims nothing.
        seen = undefined;
        generation = undefined;
      }
    },
    last: () => seen,
  };
}

async function openSocket(): Promise<OpenNetlink | undefined> {
  const loaded = await loadNetlink();
  return loaded.ok ? loaded.value : undefined;
}
