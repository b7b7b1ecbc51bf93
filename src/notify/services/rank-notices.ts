import type { Notice } from "../../domain/notifier.ts";
import type { Message } from "./service.ts";

const LEVELS: readonly Notice["level"][] = ["error", "warn", "info"];

/** Returns the highest level of the notices of a message. */
export function worstLevel({ notices }: Message): Notice["level"] {
  return LEVELS.find((level) => notices.some((notice) => notice.level === level)) ?? "info";
}
