/**
 * Puts the bans of the record into the firewall once, without reading a log: for the time between boot and the start of
 * the daemon. Bans of subjects that are exempt now are left out; the daemon lifts them when it starts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { enabledJails } from "../../config/config.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import type { Problem } from "../../domain/problem.ts";
import { Firewall } from "../../firewall/firewall.ts";
import { systemFirewall } from "../../firewall/system-firewall.ts";
import { ownAddresses } from "../../host/host.ts";
import { systemClock } from "../../host/system-clock.ts";
import { Allow } from "../../pipeline/allow/allow.ts";
import type { Emit } from "../../telemetry/events.ts";
import { openDaemonBook } from "../open-daemon-book.ts";
import type { ConfigFiles } from "./config-reader.ts";
import { readUsableConfig } from "./usable-config.ts";

export interface RestoredBans {
  /** Number of bans in force. */
  readonly bans: number;
  /** Number of bans that no enforcer took, because their subject is exempt now; events name them. */
  readonly refused: number;
  /** The enforcers that hold them. */
  readonly enforcer: string;
  /** Why bans may not be in force; undefined: all are. */
  readonly trouble: string | undefined;
  /** Problems of the configuration, because of which the built-in defaults were used. */
  readonly problems: readonly Problem[];
}

/** Throws a CodedError if a daemon runs: that one restores bans itself. */
export async function restoreBans(files: ConfigFiles, emit: Emit): Promise<RestoredBans> {
  // An invalid configuration keeps the daemon from starting, so bans are needed all the more.
  const { config, problems } = await readUsableConfig(files);
  if (!existsSync(join(config.daemon.state, "bailiff.db")))
    return { bans: 0, refused: 0, enforcer: "", trouble: undefined, problems };
  const clock = systemClock;
  const { book, lock, missing } = await openDaemonBook(config, { clock, emit });
  try {
    // Names in ignoreip keep their last answers: at boot there is no network yet.
    const allow = new Allow({ book, ownAddresses, resolveName: async () => [], emit });
    allow.rebuild(enabledJails(config), clock.now(), [{ name: MANUAL, ...config.defaults }]);
    const firewall = new Firewall({
      ...{ book, allow, clock, emit, onChange: () => undefined },
      port: systemFirewall,
      ...{ state: config.daemon.state, lock: undefined },
    });
    await firewall.openFor(config);
    await firewall.restored;
    const { name, missing: unusable, trouble } = firewall.summary;
    const states = [...book.activeBans({})].map(({ state }) => state);
    const bans = states.filter((state) => state === "enforced").length;
    const refused = states.filter((state) => state === "pending").length;
    await firewall.close();
    return {
      bans,
      refused,
      enforcer: name,
      trouble: missing ?? unusable?.reason ?? trouble,
      problems,
    };
  } finally {
    await book[Symbol.asyncDispose]();
    lock?.release();
  }
}
