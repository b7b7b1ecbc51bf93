/**
 * Puts recorded bans back into the firewall once, without reading a log: for the time between boot and the start of the
 * daemon. Bans of subjects that are exempt now are left out; the daemon lifts them when it starts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { enabledJails } from "../../config/config.ts";
import type { Subject } from "../../domain/cidr.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import { CodedError } from "../../domain/errors.ts";
import type { Problem } from "../../domain/problem.ts";
import type { BlockLists } from "../../firewall/block-lists.ts";
import { type Restored, restoreEnforcers } from "../../firewall/restore-enforcers.ts";
import { systemFirewall } from "../../firewall/system-firewall.ts";
import { hostAddresses } from "../../host/host.ts";
import { systemClock } from "../../host/system-clock.ts";
import { loadLists } from "../../lists/load-lists.ts";
import { Allow } from "../../pipeline/allow/allow.ts";
import type { Emit } from "../../telemetry/events.ts";
import { openDaemonBook } from "../open-daemon-book.ts";
import type { ConfigFiles } from "./config-reader.ts";
import { readUsableConfig } from "./usable-config.ts";

export interface RestoredBans extends Restored {
  /** Problems of the configuration, because of which its exemptions are not known. */
  readonly problems: readonly Problem[];
  /** Names of the block lists that were restored with the bans. */
  readonly lists: readonly string[];
}

/** Throws a CodedError if a daemon runs: that one restores bans itself. */
export async function restoreBans(files: ConfigFiles, emit: Emit): Promise<RestoredBans> {
  // An invalid configuration keeps the daemon from starting, so bans are needed all the more.
  const { config, problems } = await readUsableConfig(files);
  const { state } = config.daemon;
  if (!existsSync(join(state, "bailiff.db")))
    return { names: [], bans: 0, pending: 0, trouble: undefined, problems, lists: [] };
  const clock = systemClock;
  const { book, lock, missing } = await openDaemonBook(config, { clock, emit });
  try {
    const network = await systemFirewall.lock({ state, emit });
    if (!network.ok) throw new CodedError("already-running", network.error);
    try {
      // Names in ignoreip keep their last answers: at boot there is no network yet.
      const allow = new Allow({ book, hostAddresses, resolveName: async () => [], emit });
      allow.rebuild(enabledJails(config), clock.now(), [{ name: MANUAL, ...config.defaults }]);
      const exempt = (): Iterable<Subject> => allow.exemptAnywhere();
      // An invalid configuration hides exemptions, and a list may contain them.
      const isValid = problems.length === 0;
      const lists: BlockLists = isValid
        ? await loadLists(config, { clock, emit, exempt })
        : new Map();
      const restored = await restoreEnforcers({
        ...{ book, lists, port: systemFirewall, clock, emit },
        ipv6Prefixes: [...new Set(enabledJails(config).map(({ ipv6_prefix }) => ipv6_prefix))],
        isAllowed: (subject) => allow.shared.covers(subject) !== undefined,
      });
      return {
        ...restored,
        trouble: missing ?? restored.trouble,
        problems,
        lists: [...lists.keys()],
      };
    } finally {
      network.value?.release();
    }
  } finally {
    await book[Symbol.asyncDispose]();
    lock?.release();
  }
}
