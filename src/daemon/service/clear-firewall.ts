import { existsSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../domain/errors.ts";
import type { Problem } from "../../domain/problem.ts";
import {
  type Cleared,
  clearEnforcers,
  type ClearOptions,
  forgetEnforcer,
  suspectedEnforcers,
} from "../../firewall/clear-enforcers.ts";
import { systemFirewall } from "../../firewall/system-firewall.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { Emit } from "../../telemetry/events.ts";
import { openDaemonBook } from "../open-daemon-book.ts";
import type { ConfigFiles } from "./config-reader.ts";
import { readUsableConfig } from "./usable-config.ts";

export interface ClearedFirewall extends Cleared {
  /** Problems of the configuration, because of which the built-in defaults were used. */
  readonly problems: readonly Problem[];
}

/** Removes every trace of bailiff from the firewalls of this host. Throws a CodedError if a daemon runs. */
export async function clearFirewall(files: ConfigFiles, emit: Emit): Promise<ClearedFirewall> {
  return whileNoDaemonRuns(files, emit, async (options, problems) => {
    return { ...(await clearEnforcers(options)), problems };
  });
}

/**
 * Clears one recorded enforcer and forgets it. Returns why it could not be cleared, empty: nothing is left in it. Throws a
 * CodedError if a daemon runs or the record does not know the enforcer.
 */
export async function forgetFirewall(
  files: ConfigFiles,
  emit: Emit,
  name: string,
): Promise<readonly string[]> {
  return whileNoDaemonRuns(files, emit, async (options) => {
    const reasons = await forgetEnforcer(name, options);
    if (reasons !== undefined) return reasons;
    const names = suspectedEnforcers(options.book).map((one) => one.name);
    throw new CodedError("usage", `the record has no enforcer "${name}" that may hold bans`, {
      hint: names.length === 0 ? "it has none at all" : `it has ${names.join(", ")}`,
    });
  });
}

async function whileNoDaemonRuns<T>(
  files: ConfigFiles,
  emit: Emit,
  work: (options: ClearOptions, problems: readonly Problem[]) => Promise<T>,
): Promise<T> {
  const { config, problems } = await readUsableConfig(files);
  const clock = systemClock;
  const { state } = config.daemon;
  const isRecorded = existsSync(join(state, "bailiff.db"));
  const opened = isRecorded ? await openDaemonBook(config, { clock, emit }) : undefined;
  try {
    const network = await systemFirewall.lock({ state, emit });
    if (!network.ok)
      throw new CodedError("already-running", network.error, {
        hint: "stop it first: bailiff stop",
      });
    try {
      const book = opened?.book;
      return await work({ config, book, port: systemFirewall, clock, emit }, problems);
    } finally {
      network.value?.release();
    }
  } finally {
    await opened?.book[Symbol.asyncDispose]();
    opened?.lock?.release();
  }
}
