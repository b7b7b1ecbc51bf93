/** Describes block lists for the screens of `status` and `doctor`. */
import type { ListReply } from "../../control/list-messages.ts";
import { amount } from "../../domain/amount.ts";
import { nameScope } from "../../domain/format-ports.ts";
import { advice, formatDistance, sentence } from "../format-time.ts";
import { safe } from "../terminal.ts";
import { hang } from "../wrap-text.ts";

/** Returns a paragraph for each list. */
export function describeLists(lists: readonly ListReply[], width: number): readonly string[] {
  return lists.map((list) => {
    const line = hang({ head: `List ${list.name}: `, text: describeList(list), width, indent: 2 });
    if (list.fix === null) return line;
    return `${line}\n${hang({ head: "  to do: ", text: advice(list.fix), width })}`;
  });
}

function describeList(list: ListReply): string {
  const { state, reason, entries, good_at, next_look_at, ports, cut, unused } = list;
  const why = reason === null ? "" : `: ${sentence(reason)}`;
  const closed = ports === "all" ? "" : ` on ${nameScope(ports)}`;
  const next = next_look_at === null ? "" : `, next look ${formatDistance(next_look_at)}`;
  const where = `from ${safe(list.where)}`;
  if (entries === null) return `EMPTY${why}; ${where}${next}`;
  const content = `${amount(entries, "network")}${closed} ${where}, ${formatDistance(good_at)}${next}`;
  const taken = cut === 0 ? "" : `; exempt addresses are taken out of ${amount(cut, "network")}`;
  const left = describeUnused(unused);
  if (state === "in-force") return `${content}${taken}${left}`;
  const word = { old: "OLD", "not-enforced": "NOT ENFORCED", observed: "observed only", empty: "" };
  return `${word[state]}${why}; ${content}${taken}${left}`;
}

function describeUnused(unused: ListReply["unused"]): string {
  const count = unused === null ? 0 : unused.invalid + unused.refused;
  if (unused === null || count === 0) return "";
  return `; ${amount(count, "line")} not used (${unused.first.map(safe).join("; ")})`;
}
