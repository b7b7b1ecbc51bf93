/** New members of a campaign over time, as a small picture in a list. */
import { h, type ComponentChild } from "preact";
import type { CampaignReply } from "../../control/campaign-messages.ts";
import { amountOf } from "./format.ts";

type Growth = CampaignReply["growth"];

const HOUR_MS = 3_600_000;
/** Number of hours in the picture. */
const SHOWN = 24;
const BAR = { width: 3, step: 4, height: 20 } as const;

/** Returns the beginnings of all hours from the first to the last, in seconds since 1970, with their new members. */
export function hoursOf(growth: Growth): {
  readonly times: readonly number[];
  readonly counts: readonly number[];
} {
  const known = new Map(growth.map(({ hour, members }) => [Date.parse(hour), members]));
  if (known.size === 0) return { times: [], counts: [] };
  const first = Math.min(...known.keys());
  const length = (Math.max(...known.keys()) - first) / HOUR_MS + 1;
  const hours = Array.from({ length }, (_, i) => first + i * HOUR_MS);
  return {
    times: hours.map((hour) => hour / 1000),
    counts: hours.map((hour) => known.get(hour) ?? 0),
  };
}

/** Shows the last day of it, one bar an hour; text says the newest. */
export function GrowthPicture({ growth }: { readonly growth: Growth }): ComponentChild {
  const counts = hoursOf(growth).counts.slice(-SHOWN);
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(2, Math.round((BAR.height * count) / most));
    const x = (SHOWN - counts.length + i) * BAR.step;
    return h("rect", { key: i, x, y: BAR.height - height, width: BAR.width, height });
  });
  return h(
    "svg",
    {
      class: "growth",
      role: "img",
      "aria-label": `${amountOf(counts.at(-1) ?? 0, "new address", "new addresses")} in its newest hour`,
      viewBox: `0 0 ${SHOWN * BAR.step} ${BAR.height}`,
      width: SHOWN * BAR.step,
      height: BAR.height,
    },
    bars,
  );
}
