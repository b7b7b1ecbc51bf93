/** Stores which log each jail stopped reading because its lines went elsewhere. */
import * as v from "valibot";
import type { JailName } from "../../domain/jail-name.ts";
import type { LeftPlace } from "../../source/find-log-source.ts";
import type { StateStore } from "../../record/state-store.ts";
import { parseJson } from "../../domain/json.ts";

export interface LeftPlaces {
  of(jail: JailName): LeftPlace | undefined;
  remember(jail: JailName, place: LeftPlace): void;
}

const PLACE: v.GenericSchema<unknown, LeftPlace> = v.variant("kind", [
  v.object({ kind: v.literal("journal") }),
  v.object({ kind: v.literal("file"), files: v.array(v.string()) }),
]);

export function createLeftPlaces(stateStore: StateStore): LeftPlaces {
  const nameOf = (jail: JailName): string => `left-place ${jail}`;
  return {
    of: (jail) => parsePlace(stateStore.load(nameOf(jail))),
    remember(jail, place) {
      const kept = place.kind === "journal" ? { kind: place.kind } : place;
      stateStore.save(nameOf(jail), JSON.stringify(kept));
    },
  };
}

function parsePlace(text: string | undefined): LeftPlace | undefined {
  const parsed = v.safeParse(PLACE, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}
