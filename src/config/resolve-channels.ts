/** Resolves the tables [notify.NAME] with the defaults of their kinds. */
import {
  CHANNEL_KINDS,
  type ChannelConfig,
  type ChannelKind,
  isChannelKind,
} from "./channels/channel-kinds.ts";
import type { KindTables } from "./resolve-enforcers.ts";
import { resolveTable } from "./resolve-table.ts";
import type { Settings } from "./setting.ts";

export function resolveChannels({ names, at, portNames }: KindTables): readonly ChannelConfig[] {
  return [...new Set(names)].sort().flatMap((name) => {
    const kind = at(name)("kind");
    if (typeof kind !== "string" || !isChannelKind(kind)) return [];
    const keys: Settings = CHANNEL_KINDS[kind].keys;
    const channel = { name, kind, settings: resolveTable(keys, [at(name)], portNames) };
    if (!isResolved(channel)) throw new Error("a setting was left without a value");
    return [channel];
  });
}

/** Returns whether all keys have values. Their types are guaranteed by the kinds. */
function isResolved(channel: {
  readonly kind: ChannelKind;
  readonly settings: object;
}): channel is ChannelConfig {
  const { kind, settings } = channel;
  return Object.keys(CHANNEL_KINDS[kind].keys).every((key) => Object.hasOwn(settings, key));
}
