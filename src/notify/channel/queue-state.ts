/**
 * Keeps the queue of a channel over a restart. Saved with a delay: a crash may lose notices of the last second, or send
 * some twice.
 */
import * as v from "valibot";
import { instant, LAST_INSTANT } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import type { Notice } from "../../domain/notifier.ts";
import { createAlarm } from "../../host/timers.ts";

/** Stores small named texts. */
export interface NoticeStore {
  load(name: string): string | undefined;
  save(name: string, text: string): void;
}

export interface QueueStateOptions {
  /** Name of the channel. */
  readonly name: string;
  readonly store: NoticeStore;
  readonly list: () => readonly Notice[];
}

const SAVE_DELAY_MS = 1000;

const TEXT = v.optional(v.string());
const STATE = v.array(
  v.object({
    ...{ what: v.string(), level: v.picklist(["error", "warn", "info"]), host: v.string() },
    ...{ jail: TEXT, state: TEXT, cause: TEXT, ip: TEXT, reason: v.string(), fix: TEXT },
    ...{ problem: v.string(), phase: v.picklist(["began", "ended", "happened"]) },
    at: v.pipe(
      v.number(),
      v.safeInteger(),
      v.minValue(0),
      v.maxValue(LAST_INSTANT),
      v.transform(instant),
    ),
  }),
);

export interface QueueState {
  /** Notices that waited at the last save. */
  readonly restored: readonly Notice[];
  saveLater(): void;
  /** Saves the last time. */
  close(): void;
}

export function createQueueState({ name, store, list }: QueueStateOptions): QueueState {
  const key = `notices ${name}`;
  const read = v.safeParse(STATE, parseJson(store.load(key)));
  const alarm = createAlarm(save);
  let isSaving = false;
  let isClosed = false;

  function save(): void {
    isSaving = false;
    store.save(key, JSON.stringify(list()));
  }

  return {
    restored: read.success ? read.output.map(completeNotice) : [],
    saveLater() {
      if (isSaving || isClosed) return;
      isSaving = true;
      alarm.set(SAVE_DELAY_MS);
    },
    close() {
      alarm.clear();
      isClosed = true;
      if (isSaving) save();
    },
  };
}

/** Adds the fields without a value, which JSON does not have. */
function completeNotice(notice: v.InferOutput<typeof STATE>[number]): Notice {
  const { jail, state, cause, ip, fix, ...rest } = notice;
  return { ...rest, jail, state, cause, ip, fix };
}
