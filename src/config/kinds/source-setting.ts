/** Reads the `source` of a jail: the origin of its log lines, `auto` to let the daemon find it, or `none`. */
import { fail, ok } from "../../domain/result.ts";
import { describeValue, quote } from "./describe-value.ts";
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import { type Kind, type Mistake, mistake, type Reading, within } from "./kind.ts";
import { readPath } from "./path-kinds.ts";
import { readCommand } from "./read-command.ts";
import { readList } from "../read-list.ts";

export type SourceSetting =
  | { readonly kind: "auto" }
  | { readonly kind: "stdin" }
  /** The jail reads no log. Only administrators and other programs ban in it. */
  | { readonly kind: "none" }
  /** Paths and path patterns. */
  | {
      readonly kind: "file";
      readonly files: readonly string[];
      /** How to display the files, if not by their paths: the container whose log they are. */
      readonly shownAs?: string;
    }
  | {
      readonly kind: "journal";
      /**
       * An entry is read if it satisfies any list. It satisfies a list if it has every FIELD=value of it; an empty list
       * accepts every entry.
       */
      readonly matches: readonly (readonly string[])[];
      /** Directory of a journal other than the host's. */
      readonly directory: string | undefined;
    }
  | { readonly kind: "command"; readonly argv: readonly string[] }
  /**
   * The log of the containers with this name, or else with an image of this name. by "label": of those whose label
   * `bailiff.service` has this value; no file can say that.
   */
  | { readonly kind: "container"; readonly container: string; readonly by: "name" | "label" };

type Form = Exclude<SourceSetting["kind"], "auto" | "stdin" | "none">;

const FORMS: readonly Form[] = ["file", "journal", "command", "container"];
const EXPECTED =
  '"auto", "stdin", "none", { file = ["/var/log/…"] }, { journal = ["FIELD=value"] }, { container = "name" } or { command = ["/path", "argument"] }';

export const sourceKind: Kind<SourceSetting> = {
  describe: () => EXPECTED,
  read(value) {
    if (value === "auto" || value === "stdin" || value === "none") return ok({ kind: value });
    const plain = typeof value !== "object" || value === null;
    if (plain || Array.isArray(value) || value instanceof Date) {
      return fail(mistake(describeValue(value), EXPECTED, suggest(value)));
    }
    return readTable(new Map<string, unknown>(Object.entries(value)));
  },
};

function readTable(table: ReadonlyMap<string, unknown>): Reading<SourceSetting> {
  const unknown = unknownKeys(table);
  const forms = FORMS.filter((form) => table.has(form));
  const [form] = forms;
  if (form === undefined || forms.length > 1) {
    const got = form === undefined ? "an empty table" : `both ${forms.join(" and ")}`;
    const one = mistake(got, "one of file, journal, container or command");
    return fail(form === undefined && unknown.length > 0 ? unknown : [...unknown, ...one]);
  }
  const read = readForm(form, table);
  return unknown.length === 0 ? read : fail([...unknown, ...(read.ok ? [] : read.error)]);
}

function readForm(form: Form, table: ReadonlyMap<string, unknown>): Reading<SourceSetting> {
  const value = table.get(form);
  switch (form) {
    case "file": {
      const files = readFiles(value);
      return files.ok ? ok({ kind: form, files: files.value }) : fail(within(form, files.error));
    }
    case "journal": {
      const matches = readMatches(value);
      const directory = readDirectory(table.get("directory"));
      if (matches.ok && directory.ok) {
        return ok({ kind: form, matches: matches.value, directory: directory.value });
      }
      const wrong = matches.ok ? [] : within(form, matches.error);
      return fail([...wrong, ...(directory.ok ? [] : within("directory", directory.error))]);
    }
    case "container": {
      const container = readContainer(value);
      return container.ok
        ? ok({ kind: form, container: container.value, by: "name" })
        : fail(within(form, container.error));
    }
    case "command": {
      const argv = readCommand(value, ["/usr/bin/podman", "logs", "-f", "web"]);
      return argv.ok ? ok({ kind: form, argv: argv.value }) : fail(within(form, argv.error));
    }
  }
}

function readFiles(value: unknown): Reading<readonly string[]> {
  return readList(value, {
    expected: 'a list of at least one path such as ["/var/log/auth.log"]',
    least: 1,
    readOne: (entry) => readPath(entry, 'an absolute path such as "/var/log/auth.log"'),
  });
}

function readDirectory(value: unknown): Reading<string | undefined> {
  return value === undefined
    ? ok(undefined)
    : readPath(value, 'an absolute path such as "/var/log/journal"');
}

/** Matches FIELD=value of journalctl(1), where a field is capital letters, digits and underscores. */
const MATCH = /^[A-Z_][A-Z0-9_]{0,63}=[^\0\n]+$/;
const NEXT_FIELD = /\s+(?=[A-Z_][A-Z0-9_]*=)/;

function readMatches(value: unknown): Reading<readonly (readonly string[])[]> {
  if (value === "all") return ok([[]]);
  return readList(value, {
    expected: 'a list of at least one match such as ["_SYSTEMD_UNIT=ssh.service"]',
    least: 1,
    readOne(entry) {
      const fields = typeof entry === "string" ? entry.trim().split(NEXT_FIELD) : [""];
      if (fields.every((field) => MATCH.test(field))) return ok(fields);
      const unit = /^[\w@.-]+\.service$/.test(String(entry));
      const hint = unit ? `write "_SYSTEMD_UNIT=${String(entry)}"` : undefined;
      return fail(mistake(describeValue(entry), "FIELD=value, several separated by blanks", hint));
    },
  });
}

/** Matches a name of a container, or of an image without registry, tag and digest. */
const CONTAINER = /^[a-zA-Z0-9][\w.-]*(?:\/[\w.-]+)*$/;

function readContainer(value: unknown): Reading<string> {
  if (typeof value === "string" && value.length <= 255 && CONTAINER.test(value)) return ok(value);
  const expected = 'the name of a container, or of its image without tag, such as "nextcloud"';
  const name = typeof value === "string" ? value.replace(/^\/|[:@].*$/g, "") : "";
  const hint = CONTAINER.test(name) ? `write ${quote(name)}` : undefined;
  return fail(mistake(describeValue(value), expected, hint));
}

function unknownKeys(table: ReadonlyMap<string, unknown>): readonly Mistake[] {
  const known = [...FORMS, ...(table.has("journal") ? ["directory"] : [])];
  const unknown = [...table.keys()].filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const near = didYouMean(key, known);
    const hint = near === undefined ? undefined : `did you mean "${near}"?`;
    const got = `unknown key ${quote(key)}`;
    const expected = expectChoice("a valid key", { choices: known, hint });
    return { path: [key], at: "key", got, expected, hint };
  });
}

function suggest(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.startsWith("/")) return `write { file = [${quote(value)}] }`;
  if (!/^(?:systemd|journald?)$/.test(value)) return undefined;
  return 'write "auto", or { journal = ["_SYSTEMD_UNIT=…"] }';
}
