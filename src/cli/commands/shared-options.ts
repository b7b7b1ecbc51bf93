/** Defines options that several commands share, and parses their values. */
import { InvalidArgumentError } from "commander";

export const JSON_OPTION = ["--json", "print JSON, for scripts", false] as const;

export const MAX_COUNT = 100_000;

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= MAX_COUNT) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${MAX_COUNT}`);
}

/** Formats of `bans --format`; `json` is the output of `--json`. */
export const BAN_FORMATS = ["plain", "csv", "json", "nft", "ipset"] as const;
export type BanFormat = (typeof BAN_FORMATS)[number];

/** Forms of a report. */
export const REPORT_FORMATS = ["text", "html", "json"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Rows of `stats --by`. */
export const STATS_ROWS = ["jail", "rule", "hour", "address", "user", "network"] as const;
export type StatsRows = (typeof STATS_ROWS)[number];
