/** Loads data of one path, again in an interval, and keeps the last good answer while a later one fails. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "./api.ts";
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
  readonly error: ApiError | undefined;
}

/** `every`: milliseconds between two requests; nothing is loaded while the page is hidden. */
export function useData<Data>(path: string, every: number): Loaded<Data> {
  const [kept, setKept] = useState<Kept<Data>>({ path, data: undefined, error: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    const load = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const data = await ask<Data>(path);
        if (isCurrent) setKept({ path, data, error: undefined });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === "login-needed") location.assign(loginUrl());
        if (isCurrent) setKept((before) => ({ ...before, path, error }));
      }
    };
    void load();
    const timer = setInterval(() => void load(), every);
    const onShown = (): void => void load();
    document.addEventListener("visibilitychange", onShown);
    return () => {
      isCurrent = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onShown);
    };
  }, [path, every, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { data: kept.data, error: kept.error, reload };
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
