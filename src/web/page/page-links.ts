/** Links to the pages of a long list. The URL holds the offset of the page. */
import { h, type ComponentChild } from "preact";
import { amountOf, formatCount } from "./format.ts";
import { urlOf, type ViewName } from "./route.ts";

/** As the server answers. */
const PAGE_LENGTH = 100;

/** Nothing for an empty list. */
export function PageLinks(props: {
  readonly view: ViewName;
  /** Search of the URL. */
  readonly values: Readonly<Record<string, string>>;
  readonly found: number;
  readonly noun: string;
  readonly maxOffset: number;
}): ComponentChild {
  const { view, values, found, noun, maxOffset } = props;
  if (found === 0) return null;
  const offset = Number(values["offset"] ?? 0);
  const end = Math.min(offset + PAGE_LENGTH, found);
  const link = (to: number, text: string): ComponentChild =>
    to < 0 || to >= found || to === offset || to > maxOffset
      ? h("span", { class: "button off", "aria-hidden": "true" }, text)
      : h(
          "a",
          {
            class: "button",
            href: urlOf(view, { ...values, offset: to === 0 ? undefined : String(to) }),
          },
          text,
        );
  const range =
    found <= PAGE_LENGTH && offset === 0
      ? amountOf(found, noun)
      : `${formatCount(offset + 1)}–${formatCount(end)} of ${formatCount(found)}`;
  return h(
    "nav",
    { class: "pages", "aria-label": "Pages of the list" },
    h("span", { role: "status" }, range),
    // With one page there is nothing to turn to.
    found <= PAGE_LENGTH && offset === 0
      ? null
      : [link(offset - PAGE_LENGTH, "← Previous"), link(offset + PAGE_LENGTH, "Next →")],
  );
}
