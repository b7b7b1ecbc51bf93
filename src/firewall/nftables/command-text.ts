/**
 * Parses the output of `nft` line by line: listings of sets, and `nft monitor`. Pure. The format is nft's, but the
 * names in it are other programs', so lines that do not parse are skipped.
 */
import { parseDuration } from "../../domain/duration.ts";
import { parseIp } from "../../domain/ip.ts";
import type { KernelElement, SetElements } from "./kernel.ts";
import { MARK_SET } from "./mark.ts";
import type { TableStructure } from "./table-structure.ts";
import { parseSetName } from "./set-key.ts";
import { BASE_CHAIN, isOurChain } from "./structure.ts";

const SET_LINE = /^\s*set (\w+) \{$/;
const ELEMENTS_START = /^\s*elements = \{ ?/;
const LEFT = / expires (\w+)/;
const COUNTER = / counter packets (\d+) bytes \d+/;

/** Takes the lines of `nft list table` in order; returns the elements of each line. */
export function createListingReader(): (line: string) => SetElements | undefined {
  let set: string | undefined;
  let inElements = false;
  return (line) => {
    const opened = SET_LINE.exec(line)?.[1];
    if (opened !== undefined) set = opened;
    const starts = ELEMENTS_START.test(line);
    if (starts) inElements = true;
    if (!inElements || set === undefined) return undefined;
    const text = starts ? line.replace(ELEMENTS_START, "") : line;
    if (/\}\s*$/.test(text)) inElements = false;
    const elements = text
      .replace(/\}\s*$/, "")
      .split(",")
      .map(parseElement);
    return { set, elements: elements.filter((element) => element !== undefined) };
  };
}

export function parseElement(text: string): KernelElement | undefined {
  const trimmed = text.trim();
  const ip = parseIp(/^\S+/.exec(trimmed)?.[0] ?? "");
  if (ip === undefined) return undefined;
  const packets = COUNTER.exec(trimmed)?.[1];
  const left = parseDuration(LEFT.exec(trimmed)?.[1] ?? "");
  return { ip, packets: packets === undefined ? undefined : Number(packets), left };
}

const BASE = /^\s*type filter hook (\w+) priority (-?\d+); policy (\w+);$/;

/** Parses the output of `nft -t -s -y list table`. */
export function parseStructure(listing: string): TableStructure {
  let structure: TableStructure = {
    hook: undefined,
    priority: undefined,
    policy: undefined,
    dormant: false,
    rules: 0,
    sets: 0,
    strangers: [],
  };
  let chain: string | undefined;
  for (const line of listing.split("\n")) {
    const opened = /^\tchain (\w+) \{$/.exec(line)?.[1];
    const set = SET_LINE.exec(line)?.[1];
    const base = BASE.exec(line);
    if (opened !== undefined) {
      chain = opened;
      if (!isOurChain(chain))
        structure = { ...structure, strangers: [...structure.strangers, chain] };
    } else if (line === "\t}") chain = undefined;
    else if (set !== undefined && parseSetName(set) !== undefined)
      structure = { ...structure, sets: structure.sets + 1 };
    else if (/^\tflags .*\bdormant\b/.test(line)) structure = { ...structure, dormant: true };
    else if (base !== null) {
      const [, hook, priority, policy] = base;
      if (chain === BASE_CHAIN)
        structure = { ...structure, hook, priority: Number(priority), policy };
    } else if (chain !== undefined && isOurChain(chain) && line.trim() !== "")
      structure = { ...structure, rules: structure.rules + 1 };
  }
  return structure;
}

export interface Transaction {
  readonly pid: number;
  readonly program: string;
  /** Whether the transaction changed our table, or may have. */
  readonly touched: boolean;
  /** Whether the transaction contains our mark. */
  readonly marked: boolean;
}

const GENERATION = /^# new generation \d+ by process (\d+) \((.*)\)$/;

/** Takes the lines of `nft monitor` in order; returns a transaction after its last line. */
export function createMonitorReader(table: string): (line: string) => Transaction | undefined {
  const ours = ` inet ${table}`;
  const mark = `add element inet ${table} ${MARK_SET} `;
  let touched = false;
  let marked = false;
  return (line) => {
    const generation = GENERATION.exec(line);
    if (generation === null) {
      // By "W:" and "# ERROR" nft says that it could not decode a change, or lost some.
      if (line.startsWith("W:") || line.startsWith("# ERROR")) touched = true;
      const at = line.indexOf(ours);
      if (at >= 0 && /^(?: |$)/.test(line.slice(at + ours.length))) touched = true;
      if (line.startsWith(mark)) marked = true;
      return undefined;
    }
    const transaction = {
      pid: Number(generation[1]),
      program: generation[2] ?? "",
      touched,
      marked,
    };
    touched = false;
    marked = false;
    return transaction;
  };
}
