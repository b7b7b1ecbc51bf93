/** Explains each exit code. A new code does not compile without an explanation. */
import type { EXIT } from "../../src/cli/exit-code.ts";

export const EXIT_MEANINGS: { readonly [name in keyof typeof EXIT]: string } = {
  ok: "done; the answer is yes",
  no: "the answer is no, or a warning of `check-health`: a jail has a fault, or a service of `services` has no jail without one; an address that is on the allow-list, takes `--force`, or was not banned, a network that takes `--force`; a rule that is suspended, a host of which `assess` could not see enough to judge, a jail for which `tune` proposes no policy; a report that some recipients of `--mail` did not get, or that every channel refused",
  critical: "`check-health`: not protected, or no daemon runs",
  unknown: "`check-health`: the daemon did not answer, so nothing is known",
  usage:
    "the command line is wrong: unknown command, option, jail or filter, no address, no duration",
  noInput: "a log to read cannot be opened or read",
  unavailable: "no daemon answers, or something the command needs is missing",
  software: "a bug in bailiff; please report what it printed",
  cannotCreate: "the file or directory that was to be written cannot be created",
  ioError: "standard output cannot be written, such as to a full disk",
  permission: "not allowed: use sudo, or join the group of `daemon.socket_group`",
  config: "the configuration or a filter is wrong; every problem was printed",
};
