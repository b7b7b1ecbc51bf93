/** Groups the same problem of many jails into one message: `58 jails: jail.local:2: bantime: found …`. */
import { formatProblem, type Problem } from "../../domain/problem.ts";

/** Groups problems whose keys differ only in the jail; `jails` are the names that a key may begin with. */
export function groupProblems(
  problems: readonly Problem[],
  jails: readonly string[],
): readonly string[] {
  const named = problems.map((problem) => ({ problem, ...splitKey(problem, jails) }));
  const groups = Map.groupBy(named, ({ problem, option }) =>
    JSON.stringify({ ...problem, key: option }),
  );
  return [...groups.values()].map((group) => {
    const names = [...new Set(group.flatMap(({ jail }) => jail ?? []))];
    const [first] = group;
    if (first === undefined) return "";
    const { problem, option } = first;
    if (names.length < 2) return formatProblem(problem);
    return `${nameJails(names)}: ${formatProblem({ ...problem, key: option ?? "" })}`;
  });
}

export interface GroupedLeftOut {
  readonly jails: readonly string[];
  readonly kept: boolean;
  readonly problems: readonly Problem[];
}

/** Groups the jails that are left out for the same reason. */
export function groupLeftOut(
  leftOut: readonly {
    readonly jail: string;
    readonly kept: boolean;
    readonly problems: readonly Problem[];
  }[],
): readonly GroupedLeftOut[] {
  const groups = Map.groupBy(leftOut, ({ jail, kept, problems }) =>
    JSON.stringify([kept, problems.map((one) => ({ ...one, key: splitKey(one, [jail]).option }))]),
  );
  return [...groups.values()].map((group) => ({
    jails: group.map(({ jail }) => jail),
    kept: group[0]?.kept === true,
    problems: group.flatMap(({ problems }) => problems),
  }));
}

/** Returns, for example, "sshd, shop"; the number of jails if there are more than MAX_NAMED. */
export function nameJails(names: readonly string[]): string {
  return names.length > MAX_NAMED ? `${names.length} jails` : names.join(", ");
}

const MAX_NAMED = 4;

interface SplitKey {
  readonly jail: string | undefined;
  readonly option: string | undefined;
}

function splitKey({ key }: Problem, jails: readonly string[]): SplitKey {
  const jail = jails
    .filter((name) => key?.startsWith(`${name}.`) === true)
    .reduce<string | undefined>(
      (a, b) => (a !== undefined && a.length >= b.length ? a : b),
      undefined,
    );
  return { jail, option: jail === undefined ? key : key?.slice(jail.length + 1) };
}
