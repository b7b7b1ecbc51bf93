/** Describes a shape from its key: its slots, the peer's address, and words that show its meaning. */
import { formatShape } from "./format-shape.ts";
import { partsOfTemplate, type SlotKind, type TemplatePart } from "./message-tokens.ts";
import { addressRole, failureWords, saysSuccess } from "./telling-words.ts";

export interface ShapeTraits {
  /** The shape as people read it. */
  readonly text: string;
  readonly slots: readonly SlotKind[];
  /** Index of the slot with the peer's address; -1: none. */
  readonly peerSlot: number;
  /** Whether the words before the address identify the peer; false: it is merely the only address. */
  readonly peerSaid: boolean;
  /** Number of further slots that could contain the peer's address, whatever the words before them say. */
  readonly rivals: number;
  readonly failureWords: readonly string[];
  readonly saysSuccess: boolean;
}

export function describeShape(key: string): ShapeTraits {
  const parts = partsOfTemplate(key);
  const slots = parts.flatMap((part) => (part.kind === "slot" ? [part.is] : []));
  const roles = slots.map((_, i) => roleOf(parts, i));
  const peers = indexesOf(roles, "peer");
  const unsaid = indexesOf(roles, "unsaid");
  const candidates = peers.length > 0 ? peers : unsaid;
  const words = parts.map((part) => (part.kind === "text" ? part.text : " ")).join("");
  return {
    text: formatShape(key),
    slots,
    peerSlot: candidates[0] ?? -1,
    peerSaid: peers.length > 0,
    rivals: Math.max(0, peers.length + unsaid.length - 1),
    failureWords: failureWords(words),
    saysSuccess: saysSuccess(words),
  };
}

type Role = ReturnType<typeof addressRole> | "none";

function indexesOf(roles: readonly Role[], wanted: Role): readonly number[] {
  return roles.flatMap((role, i) => (role === wanted ? [i] : []));
}

/**
 * Returns the role of the address in slot number `slot`. An address directly after a name is the peer's: "user bob
 * 192.0.2.7 port 22".
 */
function roleOf(parts: readonly TemplatePart[], slot: number): Role {
  let number = -1;
  for (const [i, part] of parts.entries()) {
    if (part.kind !== "slot" || ++number < slot) continue;
    if (part.is !== "ip") return "none";
    const before = parts[i - 1];
    if (before?.kind !== "text") return "unsaid";
    const afterName = parts[i - 2]?.kind === "slot" && before.text === " ";
    const named = afterName && isName(parts[i - 2]);
    return named ? "peer" : addressRole(before.text);
  }
  return "none";
}

function isName(part: TemplatePart | undefined): boolean {
  return part?.kind === "slot" && part.is === "user";
}
