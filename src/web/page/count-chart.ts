/** Draws counts over time as bars. An unknown count has no bar, and is not zero; a table holds the same for readers. */
import { h, type ComponentChild } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { formatCount } from "./format.ts";
import { THEME_CHANGED } from "./theme.ts";

export interface CountSeries {
  readonly title: string;
  /** Beginnings of steps, in seconds since 1970. */
  readonly times: readonly number[];
  /** null: unknown. */
  readonly counts: readonly (number | null)[];
  readonly color: "--accent" | "--bad";
}

const HEIGHT = 132;

export function CountChart({ series }: { readonly series: CountSeries }): ComponentChild {
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number>();
  useEffect(() => {
    const element = place.current;
    return element === null ? undefined : keepDrawn(element, series, setPointed);
  }, [series]);
  return h(
    "figure",
    null,
    h("figcaption", null, describe(series, pointed)),
    h("div", { ref: place, class: "chart", "aria-hidden": "true" }),
    h("div", { class: "hidden" }, h(CountTable, { series })),
  );
}

/** Describes the step that the pointer is at, or all together. */
function describe({ title, times, counts }: CountSeries, pointed: number | undefined): string {
  const time = pointed === undefined ? undefined : times[pointed];
  const known = counts.filter((count) => count !== null);
  const sum = known.length === 0 ? null : known.reduce((all, count) => all + count, 0);
  const shown = pointed === undefined || time === undefined ? sum : (counts[pointed] ?? null);
  const when = time === undefined ? "" : `, ${formatTime(time)}`;
  return `${title}: ${shown === null ? "not counted" : formatCount(shown)}${when}`;
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("en-US", {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  });
}

function CountTable({ series }: { readonly series: CountSeries }): ComponentChild {
  const { title, times, counts } = series;
  const rows = times.map((time, i) =>
    h(
      "tr",
      { key: time },
      h("th", { scope: "row" }, formatTime(time)),
      h("td", null, counts[i] ?? "unknown"),
    ),
  );
  return h("table", null, h("caption", null, `${title} over time`), h("tbody", null, rows));
}

/** Draws, and draws again when the size or the colors change. Returns the undo. */
function keepDrawn(
  element: HTMLElement,
  series: CountSeries,
  onPoint: (index: number | undefined) => void,
): () => void {
  let plot = draw(element, series, onPoint);
  const resize = new ResizeObserver(() => {
    plot.setSize({ width: element.clientWidth, height: HEIGHT });
  });
  resize.observe(element);
  const repaint = (): void => {
    plot.destroy();
    plot = draw(element, series, onPoint);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", repaint);
  addEventListener(THEME_CHANGED, repaint);
  return () => {
    resize.disconnect();
    dark.removeEventListener("change", repaint);
    removeEventListener(THEME_CHANGED, repaint);
    plot.destroy();
  };
}

function draw(
  element: HTMLElement,
  { title, times, counts, color }: CountSeries,
  onPoint: (index: number | undefined) => void,
): uPlot {
  const axis = {
    stroke: colorOf(element, "--muted"),
    grid: { stroke: colorOf(element, "--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const fill = colorOf(element, color);
  const bars = uPlot.paths.bars?.({ size: [0.8, 40] });
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false } },
    padding: [8, 20, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max)] } },
    axes: [
      { ...axis, grid: { show: false }, values: nameTimes, space: 64, size: 24 },
      { ...axis, size: 48, space: 36, incrs: INCREMENTS },
    ],
    series: [
      {},
      {
        label: title,
        fill,
        stroke: fill,
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  };
  return new uPlot(options, [[...times], [...counts]], element);
}

/** Steps of counts, which have no fractions. */
const INCREMENTS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((n) => [n, 2 * n, 5 * n]);
const DAY_SECONDS = 86_400;

function nameTimes(
  _plot: uPlot,
  times: readonly number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  const form: Intl.DateTimeFormatOptions =
    step < DAY_SECONDS
      ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }
      : step < 28 * DAY_SECONDS
        ? { day: "numeric", month: "short" }
        : { month: "short", year: "2-digit" };
  return times.map((time) => new Date(time * 1000).toLocaleString("en-US", form));
}

/** Resolves a color of the style sheet for the present theme: canvas knows no variables. */
function colorOf(element: HTMLElement, name: CountSeries["color"] | "--muted" | "--line"): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}
