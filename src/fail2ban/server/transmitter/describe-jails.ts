/** Answers `status` and `stats` with lists of pairs, which a client prints as a tree. */
import { unknownJail } from "../command-error.ts";
import type { CommandPort, JailView } from "../command-port.ts";
import { type PickleTuple, type PickleValue, tuple } from "../pickle-value.ts";

export function describeAll(port: CommandPort): readonly PickleTuple[] {
  const names = port.jails();
  return [tuple("Number of jail", names.length), tuple("Jail list", names.join(", "))];
}

/** Lists of the flavor "cymru", always empty: owners of addresses are never looked up. */
const UNKNOWN_OWNERS = ["Banned ASN list", "Banned Country list", "Banned RIR list"].map((title) =>
  tuple(title, []),
);

/** Describes a jail in a flavor; an unknown flavor counts as basic. */
export function describeJail(port: CommandPort, name: string, flavor: string): PickleValue {
  const view = requireView(port, name);
  if (flavor === "stats") return statisticsOf(view);
  const lines =
    view.files === undefined
      ? tuple("Journal matches", formatMatches(view.journal))
      : tuple("File list", view.files);
  const listed =
    flavor === "short"
      ? []
      : [
          tuple(
            "Banned IP list",
            port.bans(name).map(({ id }) => id),
          ),
        ];
  return [
    tuple("Filter", [
      tuple("Currently failed", view.failed.current),
      tuple("Total failed", view.failed.total),
      lines,
    ]),
    tuple("Actions", [
      tuple("Currently banned", view.banned.current),
      tuple("Total banned", view.banned.total),
      ...listed,
      ...(flavor === "cymru" ? UNKNOWN_OWNERS : []),
    ]),
  ];
}

function formatMatches(matches: readonly (readonly string[])[]): string {
  return matches.map((fields) => fields.join(" ")).join(" + ");
}

/** Describes each jail: backend, failures and bans, current and in total. */
export function describeStatistics(port: CommandPort): PickleValue {
  const rows = port.jails().map((name): readonly [string, PickleValue] => {
    return [name, statisticsOf(requireView(port, name))];
  });
  return new Map<PickleValue, PickleValue>(rows);
}

function statisticsOf({ backend, failed, banned }: JailView): PickleValue {
  return [backend, ...[failed, banned].map(({ current, total }) => tuple(current, total))];
}

export function requireView(port: CommandPort, name: string): JailView {
  const view = port.view(name);
  if (view === undefined) throw unknownJail(name);
  return view;
}
