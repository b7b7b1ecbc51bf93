/** Checks the tables [lists.NAME] across all files: each has one place, and enforcers that can hold a list. */
import type { CheckedDocument, CrossMistake } from "./check-document.ts";
import { type Config, enforcersOf, holdsLists, type ListConfig } from "./config.ts";
import { quote } from "./kinds/describe-value.ts";
import type { Mistake } from "./kinds/kind.ts";

export function crossCheckLists(
  config: Config,
  documents: readonly Pick<CheckedDocument, "lists" | "mistakes">[],
): readonly CrossMistake[] {
  return config.lists.flatMap((list) => {
    const document = documents.findLastIndex(({ lists }) => lists.includes(list.name));
    const misread = documents.some(({ mistakes }) =>
      mistakes.some(({ path }) => path[0] === "lists" && path[1] === list.name),
    );
    // A key with a mistake is not used, and must not be reported as missing as well.
    const mistakes = misread ? [] : [...checkPlace(list), ...checkEnforcers(list, config)];
    return mistakes.map((mistake) => ({ document, mistake }));
  });
}

function checkPlace({ name, url, file }: ListConfig): readonly Mistake[] {
  const path = ["lists", name];
  if (url === undefined && file === undefined)
    return [{ path, at: "key", got: `[lists.${name}] without url`, expected: "url or file" }];
  if (url === undefined) return [];
  if (file !== undefined)
    return [
      { path: [...path, "file"], at: "key", got: "file beside url", expected: "one of them" },
    ];
  if (isTrustedWay(new URL(url))) return [];
  const hint = "who can change the answer on its way would decide whom this host blocks";
  const got = "an address without https";
  return [{ path: [...path, "url"], at: "value", got, expected: "https://…", hint }];
}

/** Returns whether nobody between here and there can change an answer: https, or this host itself. */
export function isTrustedWay({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function checkEnforcers(list: ListConfig, config: Config): readonly Mistake[] {
  const path = ["lists", list.name];
  const unfit = (list.enforcer ?? []).find((name) => !holdsLists(name, config));
  if (unfit !== undefined) {
    const got = `enforcer ${quote(unfit)}`;
    const hint = "it is a command or an edge service, which changes one address at a time";
    const expected = "an enforcer for many addresses";
    return [{ path: [...path, "enforcer"], at: "value", got, expected, hint }];
  }
  if (enforcersOf(list, config).length > 0) return [];
  const hint =
    "those of [defaults] are commands or edge services, which change one address at a time";
  const got = `[lists.${list.name}] without enforcer`;
  return [{ path, at: "key", got, expected: 'enforcer, such as "nftables"', hint }];
}
