/**
 * Keeps the last good content of a block list in the state directory, so that a start without a network still has it.
 * The first line of a copy is JSON with digests of its origin and its entries, each other line an entry; its time is that
 * of the last good look.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJson } from "../domain/json.ts";
import { makeFolder } from "../host/make-folder.ts";
import { replaceFile } from "../host/replace-file.ts";

/** What a publisher sends to recognize an unchanged list (RFC 9110, section 8.8). */
export interface Validators {
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

export interface ListCopy {
  readonly validators: Validators;
  readonly goodAt: Instant;
  /** One entry on each line, merged. */
  readonly text: string;
}

const HEADER = v.object({
  origin: v.string(),
  content: v.string(),
  etag: v.optional(v.string()),
  modified: v.optional(v.string()),
});

export class ListCopies {
  readonly #folder: string;

  /** `state` is the directory of the database. */
  constructor(state: string) {
    this.#folder = join(state, "lists");
  }

  /** Returns the copy of a list; undefined: no undamaged one of that origin exists, so the list is fetched again. */
  load(name: string, origin: string): ListCopy | undefined {
    const path = this.#pathOf(name);
    try {
      const content = readFileSync(path, "utf8");
      const end = content.indexOf("\n");
      const header = v.safeParse(HEADER, parseJson(content.slice(0, end)));
      if (!header.success || header.output.origin !== digest(origin)) return undefined;
      const { etag, modified } = header.output;
      const text = content.slice(end + 1);
      // A damaged copy must not block what it never said.
      if (header.output.content !== digest(text)) return undefined;
      const goodAt = instant(statSync(path).mtimeMs);
      return { validators: { etag, modified }, goodAt, text };
    } catch {
      // Missing or unreadable.
      return undefined;
    }
  }

  /** Throws errors of the system. */
  save(name: string, origin: string, { validators, text, goodAt }: ListCopy): void {
    makeFolder(this.#folder, 0o700);
    // The origin may contain a token.
    const header = JSON.stringify({
      ...{ origin: digest(origin), content: digest(text) },
      ...validators,
    });
    replaceFile(this.#pathOf(name), `${header}\n${text}`, 0o600);
    this.touch(name, goodAt);
  }

  /** Notes that the list was found unchanged. */
  touch(name: string, goodAt: Instant): void {
    utimesSync(this.#pathOf(name), goodAt / 1000, goodAt / 1000);
  }

  /** Removes all other copies. */
  keepOnly(names: ReadonlySet<string>): void {
    try {
      for (const file of readdirSync(this.#folder))
        if (!names.has(file)) rmSync(join(this.#folder, file), { force: true });
    } catch {
      // There is no copy.
    }
  }

  #pathOf(name: string): string {
    return join(this.#folder, name);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
