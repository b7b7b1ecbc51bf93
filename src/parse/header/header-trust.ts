/**
 * Estimates whether a log's lines have syslog headers. A syslog daemon writes a header before every line, and a program
 * that writes its own file before none, so that header-like text in it is a client's. Keeps a bounded score for each
 * form of the time, so that no single line decides. Owns one short string per log.
 */
import { detachString } from "../../domain/detach-string.ts";
import type { Header } from "./header.ts";
import type { StampForm } from "./stamp-form.ts";

/** At this score, lines with a header are no longer matched as a whole. */
const SETTLED = 16;
/** Weight of a line without a header that a rule recognizes: it shows how the service writes. */
const KNOWN_PLAIN = 64;
const MIN_SCORE = -1024;
/** The lowest score to which lines without a header that no rule recognizes can lead. */
const MIN_STRAY_SCORE = -16;

export class HeaderTrust {
  readonly #scores: Record<StampForm, number> = { classic: 0, iso: 0, other: 0, none: 0 };
  /** The form whose score reached SETTLED last and has not fallen since. */
  #settled: StampForm | undefined;
  /** The host that some daemons write alone before their own lines: `web1 -- MARK --`. */
  #host = "";

  isBelieved(form: StampForm): boolean {
    return this.#scores[form] >= 0;
  }

  isSettled(form: StampForm): boolean {
    return this.#settled === form;
  }

  /** Notes a line with a header that no rule recognizes as a whole. */
  noteHeader(form: StampForm, text: string, { hostStart, hostEnd }: Header): void {
    if (this.#scores[form] < SETTLED) this.#scores[form]++;
    if (this.#scores[form] === SETTLED) this.#settled = form;
    const isKnown =
      this.#host.length === hostEnd - hostStart && text.startsWith(this.#host, hostStart);
    if (hostEnd > hostStart && !isKnown) this.#host = detachString(text.slice(hostStart, hostEnd));
  }

  /** Notes a line without a header. Its message begins at `from`. */
  notePlain(form: StampForm, kind: "known" | "unknown", text: string, from: number): void {
    const score = this.#scores[form];
    if (kind === "known") this.#scores[form] = Math.max(MIN_SCORE, score - KNOWN_PLAIN);
    // A line without a time may be the rest of the previous line, so it does not count.
    else if (form !== "none" && score > MIN_STRAY_SCORE && !this.#isHost(text, from))
      this.#scores[form]--;
    if (this.#settled === form && this.#scores[form] < SETTLED) this.#settled = undefined;
  }

  #isHost(text: string, from: number): boolean {
    const host = this.#host;
    return host !== "" && text.startsWith(host, from) && text[from + host.length] === " ";
  }
}
