/**
 * How far the heads of a log are believed, by what its other lines look like: a syslog daemon writes one before every line,
 * a program that writes its own file before none, and then what has the shape of a head is a client's words. For each form
 * of the time a score between bounds, so no line decides for good. Owns one short text for each log.
 */
import { detachString } from "../../domain/detach-string.ts";
import type { Header } from "./header.ts";
import type { StampForm } from "./stamp-form.ts";

/** From here on nobody asks whether a line is known as a whole. */
const SETTLED = 16;
/** What a line without a head takes that a rule knows: it is how the service writes. */
const KNOWN_PLAIN = 64;
const MOST_DOUBT = -1024;
/** Lines without a head that no rule knows make the heads of a log no more doubtful than this. */
const MOST_STRAY_DOUBT = -16;

export class HeadBelief {
  readonly #scores: Record<StampForm, number> = { classic: 0, iso: 0, other: 0, none: 0 };
  /** The form whose score last reached SETTLED and has not fallen since. */
  #settled: StampForm | undefined;
  /** Some daemons write only the host before a line of their own: `web1 -- MARK --`. */
  #host = "";

  isBelieved(form: StampForm): boolean {
    return this.#scores[form] >= 0;
  }

  isSettled(form: StampForm): boolean {
    return this.#settled === form;
  }

  /** A line had a head, and no rule knows it as a whole. */
  noteHead(form: StampForm, text: string, { hostStart, hostEnd }: Header): void {
    if (this.#scores[form] < SETTLED) this.#scores[form]++;
    if (this.#scores[form] === SETTLED) this.#settled = form;
    const isKnown =
      this.#host.length === hostEnd - hostStart && text.startsWith(this.#host, hostStart);
    if (hostEnd > hostStart && !isKnown) this.#host = detachString(text.slice(hostStart, hostEnd));
  }

  /** A line had none; what it says begins at `from`. */
  notePlain(form: StampForm, kind: "known" | "unknown", text: string, from: number): void {
    const score = this.#scores[form];
    if (kind === "known") this.#scores[form] = Math.max(MOST_DOUBT, score - KNOWN_PLAIN);
    // Without a time it may be the rest of the line before.
    else if (form !== "none" && score > MOST_STRAY_DOUBT && !this.#isHost(text, from))
      this.#scores[form]--;
    if (this.#settled === form && this.#scores[form] < SETTLED) this.#settled = undefined;
  }

  #isHost(text: string, from: number): boolean {
    const host = this.#host;
    return host !== "" && text.startsWith(host, from) && text[from + host.length] === " ";
  }
}
