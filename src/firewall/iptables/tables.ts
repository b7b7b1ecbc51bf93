/** Reads and changes the iptables rules of one family through the programs of one variant. */
import type { Family } from "../../domain/ip.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type ProgramEnd, runProgram } from "../../host/process/run-program.ts";
import { readText } from "../../host/read-or-empty.ts";
import { holdsRulesOfOthers, parseSavedFilter, type SavedFilter } from "./saved-filter.ts";

export interface TablesOptions {
  readonly variant: "nft" | "legacy";
  readonly family: Family;
  /** Absolute path of iptables-save, or of one of its kind. */
  readonly save: string;
  /** Absolute path of iptables-restore, or of one of its kind. */
  readonly restore: string;
}

export interface Tables {
  readonly variant: "nft" | "legacy";
  readonly family: Family;
  /** Reads the table "filter". */
  read(): Promise<Result<SavedFilter, string>>;
  /**
   * Returns whether a table has rules besides ours; undefined: it cannot be read, such as one with rules of nft. A legacy
   * table that is not in use would be created.
   */
  holdsOthers(table: string): Promise<boolean | undefined>;
  /** Applies input of iptables-restore to the existing rules: all of it or nothing. */
  write(input: string): Promise<Result<undefined, string>>;
  /** Returns whether rules of this family translate destinations (DNAT). */
  translates(): Promise<boolean>;
}

const TIMEOUT_MILLISECONDS = 30_000;
/** Seconds to wait for another program that changes legacy rules, and holds /run/xtables.lock. */
const LOCK_WAIT_SECONDS = "10";
const MAX_ERROR_LENGTH = 300;

export function createTables({ variant, family, save, restore }: TablesOptions): Tables {
  const run = (argv: readonly string[], input: string): Promise<ProgramEnd> =>
    runProgram({ argv, input, timeoutMilliseconds: TIMEOUT_MILLISECONDS });
  return {
    variant,
    family,
    async read() {
      const end = await run([save, "-c", "-t", "filter"], "");
      return end.ok ? parseSavedFilter(end.output) : fail(shorten(end.error));
    },
    async holdsOthers(table) {
      const end = await run([save, "-t", table], "");
      return end.ok ? holdsRulesOfOthers(end.output) : undefined;
    },
    async write(input) {
      const end = await run([restore, "--noflush", "-w", LOCK_WAIT_SECONDS], input);
      return end.ok ? ok(undefined) : fail(shorten(end.error));
    },
    async translates() {
      // Reading a legacy table that is not in use would create it, and so enable connection tracking.
      const used = family === "ipv4" ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
      if (variant === "legacy" && !/^nat$/m.test(readText(used))) return false;
      const { output } = await run([save, "-t", "nat"], "");
      return / -j (?:DNAT|REDIRECT|NETMAP)\b/.test(output);
    },
  };
}

/** Keeps the reasons on one line, without advice about options of the program. */
function shorten(error: string): string {
  const lines = error.split("\n").map((line) => line.trim());
  const reasons = lines.filter((line) => line !== "" && !/^(?:#|Try `|Perhaps )/.test(line));
  const text = reasons.join("; ");
  return text.length > MAX_ERROR_LENGTH ? `${text.slice(0, MAX_ERROR_LENGTH)}…` : text;
}
