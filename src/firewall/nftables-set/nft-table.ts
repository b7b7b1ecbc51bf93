/** Reads and changes sets of an administrator's table with the command `nft`: elements only, many in one transaction. */
import type { Family } from "../../domain/ip.ts";
import { parseJson } from "../../domain/json.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { readState, type SetState } from "./set-elements.ts";
import { describeStops, readUsage } from "./set-usage.ts";
import { parseTable, type SetDefinition, setIn, type TableListing } from "./table-listing.ts";

const TIMEOUT_MILLISECONDS = 60_000;
const MAX_LENGTH = 300;

export interface NftTable {
  /** Family and name, such as "inet filter". */
  readonly table: string;
  readonly sets: ReadonlyMap<Family, string>;
}

/** What rules do with packets of the sets. */
export interface Structure {
  readonly text: string;
  /** Why it is not certain that bans have an effect; undefined: a rule stops the packets of each set. */
  readonly doubt: string | undefined;
}

export type Run = (args: readonly string[], input?: string) => Promise<Result<string, string>>;

/** Runs nft. The error is its first line, without the command that nft repeats. */
export function createRun(nft: string): Run {
  return async (args, input = "") => {
    const timeoutMilliseconds = TIMEOUT_MILLISECONDS;
    const end = await runProgram({ argv: [nft, ...args], input, timeoutMilliseconds });
    if (end.ok) return ok(end.output);
    const reason = /Error: ?(.*)$/m.exec(end.error)?.[1] ?? end.error;
    return fail(reason.slice(0, MAX_LENGTH));
  };
}

/** Reads how rules use the sets. Fails if bans can have no effect: a set is missing, unsuitable, or named by no rule. */
export async function readStructure(
  run: Run,
  { table, sets }: NftTable,
): Promise<Result<Structure, string>> {
  const listed = await run(["-j", "-t", "list", "table", ...table.split(" ")]);
  if (!listed.ok) return fail(explainMissingTable(table, listed.error));
  const text = await run(["-t", "list", "table", ...table.split(" ")]);
  if (!text.ok) return fail(explainMissingTable(table, text.error));
  // nft 1.0 shows these two only in its own syntax.
  if (/^\tflags [^\n]*\bdormant\b/m.test(text.value))
    return fail(`table ${table} is dormant, so its rules have no effect: remove this flag`);
  const listing = parseTable(parseJson(listed.value));
  for (const [family, name] of sets) {
    const wrong = explainUnsuitable({ table, family, name }, listing, text.value);
    if (wrong !== undefined) return fail(wrong);
  }
  return judgeUsage({ table, sets }, listing);
}

function explainMissingTable(table: string, error: string): string {
  return /No such file/.test(error)
    ? `table ${table} does not exist: create it, or correct the key table`
    : `cannot read table ${table}: ${error}`;
}

function explainUnsuitable(
  { table, family, name }: { table: string; family: Family; name: string },
  { sets }: TableListing,
  text: string,
): string | undefined {
  const set = sets.find((one) => one.name === name);
  const type = family === "ipv4" ? "ipv4_addr" : "ipv6_addr";
  if (set === undefined) {
    const create = `nft 'add set ${table} ${name} { type ${type}; flags interval, timeout; }'`;
    return `table ${table} has no set ${name}: create it (${create}), or correct the key set_${family}`;
  }
  if (set.family !== family)
    return `set ${name} is not of type ${type}, so it cannot hold ${family}`;
  if (set.isConstant) return `set ${name} is constant: remove this flag`;
  return hasAutoMerge(name, text)
    ? `set ${name} has auto-merge, which would join elements of bailiff with others that it must not remove: remove this flag`
    : undefined;
}

function hasAutoMerge(set: string, text: string): boolean {
  const from = text.indexOf(`\n\tset ${set} {\n`);
  return from >= 0 && /^\t\tauto-merge$/m.test(text.slice(from, text.indexOf("\n\t}", from)));
}

function judgeUsage({ table, sets }: NftTable, listing: TableListing): Result<Structure, string> {
  const used = [...sets.values()].map((set) => ({ set, usage: readUsage(listing, set) }));
  const rule =
    "a rule that drops or rejects them, such as ip saddr @SET drop, in an input, forward or prerouting chain";
  const unnamed = used.filter(({ usage }) => !usage.isNamed).map(({ set }) => set);
  if (unnamed.length === used.length)
    return fail(
      `no rule of table ${table} names ${unnamed.join(" or ")}, so bans have no effect: add ${rule}`,
    );
  const unproven = used.filter(({ usage }) => usage.isNamed && usage.stops.length === 0);
  const doubts = [
    ...unnamed.map((set) => `no rule names set ${set}, so its bans have no effect: add ${rule}`),
    ...unproven.map(
      ({ set }) =>
        `rules name set ${set}, but none is seen to drop or reject its packets in an input, forward or prerouting chain`,
    ),
  ];
  const stops = used.flatMap(({ set, usage }) =>
    usage.stops.length === 0 ? [] : [describeStops(set, usage.stops)],
  );
  return ok({
    text: [`table ${table}`, ...stops].join(", "),
    doubt: doubts.length === 0 ? undefined : doubts.join("; "),
  });
}

/** Reads the elements of all sets. */
export async function readStates(
  run: Run,
  { table, sets }: NftTable,
): Promise<Result<readonly SetState[], string>> {
  const states: SetState[] = [];
  for (const [family, name] of sets) {
    const listed = await run(["-j", "list", "set", ...table.split(" "), name]);
    if (!listed.ok) return fail(`cannot read set ${name} of table ${table}: ${listed.error}`);
    const set = setIn(parseJson(listed.value));
    if (set === undefined) return fail(`set ${name} of table ${table} is too large to be read`);
    states.push(readState(set, family));
  }
  return ok(states);
}

/** Changes elements of one set as one transaction. */
export async function changeElements(
  run: Run,
  target: string,
  { removed, added }: { readonly removed: readonly string[]; readonly added: readonly string[] },
): Promise<Result<string, string>> {
  if (removed.length + added.length === 0) return ok("");
  const command = (verb: string, elements: readonly string[]): string =>
    elements.length === 0 ? "" : `${verb} element ${target} { ${elements.join(", ")} }\n`;
  const done = await run(["-f", "-"], command("delete", removed) + command("add", added));
  // The kernel's error for a set with as many elements as its size.
  const isFull = !done.ok && /Too many open files in system/.test(done.error);
  return isFull ? fail(`the set ${target} is full: give it a larger size`) : done;
}

/** Returns what all sets can do together. */
export function abilitiesOf(definitions: readonly SetDefinition[]): {
  readonly counts: boolean;
  readonly expires: boolean;
} {
  const isAny = definitions.length > 0;
  return {
    counts: isAny && definitions.every(({ counts }) => counts),
    expires: isAny && definitions.every(({ hasTimeout }) => hasTimeout),
  };
}
