/** The defaults of the keys that every channel has. */
import { type Duration, duration } from "../../domain/duration.ts";

export const USUAL_SETTINGS: {
  readonly min_interval: Duration;
  readonly least: "info";
  readonly jails: undefined;
  readonly events: readonly string[];
  readonly digest: undefined;
  readonly quiet: undefined;
} = {
  ...{ min_interval: duration(60_000), least: "info", jails: undefined, events: ["usual"] },
  ...{ digest: undefined, quiet: undefined },
};
