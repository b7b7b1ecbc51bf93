/** Loads data of one path, again in an interval. The last good answer remains for a minute while later ones fail. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "./api.ts";
import { onLive } from "./live.ts";
import { loginUrl } from "./route.ts";

export interface Loaded<Data> {
  readonly data: Data | undefined;
  /** Why the newest answer is missing. */
  readonly error: ApiError | undefined;
  /** Loads again now. */
  readonly reload: () => void;
}

interface Kept<Data> {
  readonly path: string;
  readonly data: Data | undefined;
  /** When the data came, in milliseconds since 1970. */
  readonly at: number;
  readonly error: ApiError | undefined;
}

/** Milliseconds after which data without a newer answer is no longer shown. */
const MAX_AGE_MS = 60_000;
/** Minimum milliseconds between two requests because of events. */
const PACE_MS = 2000;

/**
 * Loads again in an interval of `every` milliseconds; `live`: also when something happened, at most once in PACE_MS.
 * Nothing is loaded while the page is hidden.
 */
export function useData<Data>(
  path: string,
  every: number,
  pace: "live" | "timed" = "live",
): Loaded<Data> {
  const [kept, setKept] = useState<Kept<Data>>({ path, ...NO_DATA, error: undefined });
  const [round, setRound] = useState(0);
  useEffect(
    () =>
      keepLoading({ every, pace }, async (isCurrent) => {
        try {
          const data = await ask<Data>(path);
          if (isCurrent()) setKept({ path, data, at: Date.now(), error: undefined });
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          if (error.code === "login-needed") location.assign(loginUrl());
          if (isCurrent()) setKept((before) => ({ ...whatIsFresh(before), path, error }));
        }
      }),
    [path, every, pace, round],
  );
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { data: kept.data, error: kept.error, reload };
}

const NO_DATA = { data: undefined, at: 0 } as const;

function whatIsFresh<Data>(kept: Kept<Data>): Pick<Kept<Data>, "data" | "at"> {
  return Math.abs(Date.now() - kept.at) < MAX_AGE_MS ? kept : NO_DATA;
}

/** Calls `load` now and again. Returns the undo, after which `isCurrent` is false. */
function keepLoading(
  { every, pace }: { readonly every: number; readonly pace: "live" | "timed" },
  load: (isCurrent: () => boolean) => Promise<void>,
): () => void {
  let [isCurrent, loadedAt] = [true, 0];
  let soon: ReturnType<typeof setTimeout> | undefined;
  const loadNow = (): void => {
    clearTimeout(soon);
    soon = undefined;
    if (document.hidden) return;
    loadedAt = performance.now();
    void load(() => isCurrent);
  };
  loadNow();
  const timer = setInterval(loadNow, every);
  const quiet = onLive(({ events, missed }) => {
    const wait = Math.max(0, loadedAt + PACE_MS - performance.now());
    if (pace === "live" && events.length + missed > 0) soon ??= setTimeout(loadNow, wait);
  });
  document.addEventListener("visibilitychange", loadNow);
  return () => {
    isCurrent = false;
    clearTimeout(soon);
    clearInterval(timer);
    quiet();
    document.removeEventListener("visibilitychange", loadNow);
  };
}

/** Returns the present time in milliseconds, again each second, for ages. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
