/**
 * Reads the sample logs of the installed fail2ban package: every line with the expectation in the comment above it, and
 * the options for which it applies.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** FAIL2BAN_ROOT=/path FAIL2BAN_CONFIG=/path/etc/fail2ban selects another release of fail2ban, for comparison. */
const ROOT = process.env["FAIL2BAN_ROOT"] ?? "/";
export const PACKAGE: string = join(ROOT, "usr/lib/python3/dist-packages/fail2ban");
export const CONFIG: string = process.env["FAIL2BAN_CONFIG"] ?? join(ROOT, "etc/fail2ban");
export const LOGS: string = join(PACKAGE, "tests/files/logs");

export type Facts = Readonly<Record<string, unknown>>;

/** Arguments of the filter; those with the prefix "test." are only for the reader of the samples. */
export type SampleOptions = Readonly<Record<string, string>>;

export interface Sample {
  /** "sshd:12" */
  readonly place: string;
  readonly line: string;
  readonly says: Facts;
  /** Each set of options is a separate filter. */
  readonly options: readonly SampleOptions[];
}

const COMMENT = /^#+ ?(?<what>failJSON|(?:file|filter)Options|addFILE):(?<json>.+)$/;

/** Samples of one filter, in the order of its files. */
export function readSamples(filter: string): readonly Sample[] {
  const samples: Sample[] = [];
  const files = [filter];
  let common: SampleOptions = {};
  let options: readonly SampleOptions[] = [{}];
  for (const file of files) {
    let skipped = false;
    let says: Facts | undefined;
    // Lines end as in Python's readline: not at a single carriage return.
    for (const [i, raw] of readFileSync(join(LOGS, file), "utf8").split("\n").entries()) {
      const comment = says === undefined ? COMMENT.exec(raw.replace(/\r$/, ""))?.groups : undefined;
      const { what = "", json = "" } = comment ?? {};
      switch (what) {
        case "failJSON":
          says = JSON.parse(json);
          continue;
        case "fileOptions":
          common = JSON.parse(json);
          continue;
        case "addFILE":
          files.push(JSON.parse(json));
          continue;
        case "filterOptions": {
          const listed = [JSON.parse(json)].flat().map((one) => ({ ...common, ...one }));
          options = listed.filter((one) => isMeant(one["test.condition"], filter, one));
          skipped = options.length === 0;
          continue;
        }
      }
      const plain = says === undefined && (raw.startsWith("#") || raw.trim() === "");
      if (!plain && !skipped) {
        const line = raw.replace(/\r+$/, "");
        samples.push({ place: `${file}:${i + 1}`, line, says: says ?? {}, options });
      }
      says = undefined;
    }
  }
  return samples;
}

/** Evaluates a condition, a Python expression about the filter's name or one option. */
export function isMeant(condition: unknown, filter: string, options: SampleOptions): boolean {
  if (condition === undefined) return true;
  const text = typeof condition === "string" ? condition : JSON.stringify(condition);
  const byName = /^name ?== ?'(?<name>[\w-]+)'$/.exec(text)?.groups;
  if (byName !== undefined) return byName["name"] === filter;
  const byOption = /^opts\.get\('(?<key>\w+)'\) (?<how>[!=]=) '(?<value>\w+)'$/.exec(text)?.groups;
  if (byOption === undefined) throw new Error(`a condition that is not known: ${text}`);
  const same = options[byOption["key"] ?? ""] === byOption["value"];
  return same === (byOption["how"] === "==");
}

/** Filters of a directory that have samples. */
export function filtersWithSamples(directory: string): readonly string[] {
  return readdirSync(join(directory, "filter.d"))
    .filter((file) => file.endsWith(".conf") && !file.endsWith("common.conf"))
    .map((file) => file.slice(0, -".conf".length))
    .filter((name) => existsSync(join(LOGS, name)) && statSync(join(LOGS, name)).isFile())
    .sort();
}
