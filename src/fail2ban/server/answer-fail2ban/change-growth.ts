/** Changes the ban time increment of a running jail by fail2ban's options bantime.*. */
import type { IncrementConfig } from "../../../config/config.ts";
import { duration, MAX_DURATION } from "../../../domain/duration.ts";
import { badValue } from "../command-error.ts";
import { JAIL_KEYS } from "../../config/option-keys.ts";
import { isTrue } from "../../config/read-directory.ts";
import { readSeconds } from "../../config/read-seconds.ts";
import { readMultipliers } from "../../config/read-multipliers.ts";
import type { ChangedJail, ChangingJail } from "./changing-jail.ts";

const KNOWN: ReadonlySet<string> = new Set(JAIL_KEYS.filter((key) => key.startsWith("bantime.")));
/** The maximum ban time if maxtime is not set. */
const USUAL_MAXTIME = `${MAX_DURATION / 86_400_000}d`;

/** Sets one option; an empty text resets it. */
export function changeGrowth(jail: ChangingJail, option: string, text: string): ChangedJail {
  if (!KNOWN.has(option)) throw badValue(`unknown option ${option}`);
  const { bantime, increment } = jail.config;
  const overrides = new Map([...jail.overrides, [option, text]]);
  const texts = new Map([...jail.texts, [option, text]]);
  for (const map of [overrides, texts]) if (text === "") map.delete(option);
  const base = bantime === "forever" ? "600" : String(bantime / 1000);
  const { multipliers, mistakes } = readMultipliers({
    options: new Map([...texts, ["bantime", base]]),
  });
  for (const { key, expected } of mistakes) throw badValue(`expected ${key}: ${expected}`);
  const lengthOf = (key: string, usual: string): IncrementConfig["maxtime"] => {
    const endless = key === "bantime.maxtime" && multipliers.includes(Infinity);
    const seconds = readSeconds(endless ? usual : texts.get(key) || usual);
    if (!seconds.ok) throw badValue(`expected ${seconds.error}`);
    const length = duration(Math.max(0, Math.round(seconds.value * 1000)));
    // Written so that NaN is refused too.
    if (!(length <= MAX_DURATION))
      throw badValue(`a length of ${seconds.value} seconds is out of range`);
    return length;
  };
  const changed: IncrementConfig = {
    ...increment,
    enabled: isTrue(texts.get("bantime.increment")),
    multipliers,
    maxtime: lengthOf("bantime.maxtime", USUAL_MAXTIME),
    jitter: lengthOf("bantime.rndtime", "0"),
    overalljails: isTrue(texts.get("bantime.overalljails")),
  };
  return { ...jail, overrides, config: { ...jail.config, increment: changed } };
}
