/** Loads the filters of fail2ban's package as bailiff runs them, each in all different modes. */
import assert from "node:assert/strict";
import { buildFilter } from "../../../src/fail2ban/dialect/build-filter.ts";
import { Fail2banMatcher } from "../../../src/fail2ban/dialect/fail2ban-matcher.ts";
import { createLayerReader } from "../../../src/fail2ban/config/layers.ts";
import { readNamedFilter } from "../../../src/fail2ban/config/read-named-filter.ts";
import { filtersWithSamples } from "./read-samples.ts";

const DIRECTORY = "/etc/fail2ban";

const MODES: Readonly<Record<string, readonly string[]>> = {
  sshd: ["normal", "aggressive"],
  postfix: ["normal", "aggressive"],
  exim: ["normal", "aggressive"],
  dovecot: ["normal", "aggressive"],
  freeswitch: ["normal", "ddos"],
};

export interface StockFilter {
  readonly name: string;
  readonly mode: string;
}

export function stockFilters(): readonly StockFilter[] {
  return filtersWithSamples(DIRECTORY).flatMap((name) =>
    (MODES[name] ?? ["normal"]).map((mode) => ({ name, mode })),
  );
}

export interface OpenStockFilter {
  readonly filter: Fail2banMatcher;
  /** Number of lines that are matched together ("maxlines"). */
  readonly lines: number;
}

export function openStockFilter({ name, mode }: StockFilter): OpenStockFilter {
  const args = new Map([
    ["logtype", "file"],
    ["mode", mode],
  ]);
  const { rules } = readNamedFilter({
    directory: DIRECTORY,
    name,
    args,
    reader: createLayerReader(),
  });
  const built = buildFilter({ rules, localOffset: () => 0 });
  assert.ok(built.ok);
  return { filter: new Fail2banMatcher(built.value), lines: rules.maxlines };
}
