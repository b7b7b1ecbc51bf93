/** Warns of a jail that reads a log in which clients can write whole lines. */
import type { JailConfig } from "../../config/config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { judgeForgeability } from "../forgeable-log.ts";

interface Doubt {
  readonly jail: string;
  readonly doubt: string;
  readonly fix: string;
}

export function doubtForgery(
  { name, filter, source }: JailConfig,
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly Doubt[] {
  const definition = filters.get(filter);
  const isOwnLog = ["auto", "file", "container"].includes(source.kind);
  if (!isOwnLog || definition === undefined || judgeForgeability(definition) !== "certain")
    return [];
  return [
    {
      jail: name,
      doubt: `${filter} writes line breaks of clients into its log, so a client can forge lines and have other addresses banned`,
      fix: "let it log as JSON or through syslog, or use a filter of another log of it; put addresses that must never be banned into ignoreip",
    },
  ];
}
