/** Writes maxretry, findtime and bantime. */
import { POLICY } from "../../../config/jail-settings.ts";
import type { Draft } from "./draft.ts";
import { fits, readLength, writeLength } from "./write-length.ts";

/** The defaults of fail2ban's jail.conf. */
const DEFAULTS = { maxretry: 5, findtime: "10m", bantime: "10m" } as const;

export function writeLimits(draft: Draft): void {
  const { options } = draft.jail;
  const maxretry = options.get("maxretry");
  if (maxretry !== undefined) draft.lines.push(`maxretry = ${readRetries(draft, maxretry.trim())}`);
  writeLength(draft, "findtime", {
    option: "findtime",
    text: options.get("findtime") ?? DEFAULTS.findtime,
    instead: DEFAULTS.findtime,
    why: "only failures of the same second would count together",
  });
  writeBantime(draft);
  noteMatches(draft);
}

function noteMatches({ jail, note }: Draft): void {
  const [matches, retries] = ["maxmatches", "maxretry"].map((key) => Number(jail.options.get(key)));
  if (matches !== undefined && retries !== undefined && matches < retries)
    note(
      "left",
      `maxmatches = ${matches}: every line that counted for a ban is kept, up to twenty`,
    );
}

/** A whole number as accepted by Python's int(). */
const WHOLE = /^[+-]?\d+(?:_\d+)*$/;
const COMMENTED = /^(?<number>\d+)\s*[#;]/;

function readRetries({ doubt, unusable }: Draft, text: string): number {
  const { max } = POLICY.maxretry;
  if (WHOLE.test(text)) {
    const number = Number(text.replaceAll("_", ""));
    if (number < 1)
      doubt("maxretry", text, "a number above zero", "the first failure bans, as with fail2ban");
    else if (number > max) doubt("maxretry", text, `at most ${max}`, `${max} is used`);
    return Math.min(Math.max(1, number), max);
  }
  const number = COMMENTED.exec(text)?.groups?.["number"];
  const usable = number !== undefined && fits("maxretry", Number(number));
  const instead = usable ? Number(number) : DEFAULTS.maxretry;
  const expected = usable
    ? "a whole number, with its comment on a separate line"
    : "a whole number";
  unusable("maxretry", text === "" ? "nothing" : text, expected, String(instead));
  return instead;
}

function writeBantime(draft: Draft): void {
  const text = draft.jail.options.get("bantime") ?? DEFAULTS.bantime;
  const seconds = readLength(draft, { option: "bantime", text, instead: DEFAULTS.bantime });
  const endless = seconds === -1 || (seconds > 0 && !fits("bantime", `${seconds}s`));
  if (endless) draft.lines.push('bantime = "forever"');
  else if (seconds > 0) draft.lines.push(`bantime = "${seconds}s"`);
  else {
    const hint = `every ban would end immediately, as only -1 is permanent; ${DEFAULTS.bantime} is used`;
    draft.doubt("bantime", text, "a length above zero, or -1 for a permanent ban", hint);
    draft.lines.push('bantime = "600s"');
  }
}
