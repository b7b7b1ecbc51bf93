/** Proposes changes that harden SSH logins: no guessable passwords, keys in hardware. */
import type { Candidate } from "./change.ts";
import type { Grounds } from "./judge.ts";
import { sshdSetting } from "./sshd-setting.ts";
import { sshTraffic, TELLING_LOGINS } from "./ssh-risk.ts";
import { amount, counted, someOf } from "./words.ts";

export function doorChanges(grounds: Grounds): readonly Candidate[] {
  const { facts, passwords, reach } = grounds;
  if (reach.verdict === "no") return [];
  const { settings } = facts.ssh;
  if (!settings.known) return unread(settings.why);
  const { general } = settings.value;
  const empty: Candidate = {
    worth: 97,
    what: "Forbid empty passwords",
    why: "PermitEmptyPasswords is on",
    how: sshdSetting(facts, "05-no-empty.conf", ["PermitEmptyPasswords no"]),
  };
  return [
    ...guessed(grounds),
    ...(general.emptyPasswords ? [empty] : []),
    ...(passwords.verdict === "yes" ? passwordsOff(grounds) : []),
    ...(passwords.verdict === "no" && reach.verdict === "yes" && !general.severalMethods
      ? [KEYS_IN_HARDWARE]
      : []),
  ];
}

/** Advises how to make sshd's settings readable, if that is known. */
function unread(why: string): readonly Candidate[] {
  if (why.includes("needs root")) return [ASK_AGAIN];
  return why.startsWith("sshd -T failed") ? [CHECK_SSHD] : [];
}

const CHECK_SSHD: Candidate = {
  worth: 98,
  what: "Fix the error that sshd reports, then assess again",
  why: "sshd cannot report its settings, and may not start after a reboot",
  how: ["sshd -t   # prints the error", "bailiff assess"],
};

const ASK_AGAIN: Candidate = {
  worth: 99,
  what: "Run this again as root",
  why: "most of what matters may only be read by root",
  how: ["sudo bailiff assess"],
};

const KEYS_IN_HARDWARE: Candidate = {
  worth: 35,
  what: "Keep keys where they cannot be copied",
  why: "a stolen key file opens the door, one in hardware does not",
  how: ["ssh-keygen -t ed25519-sk   # on your own machine, then ssh-copy-id"],
};

function guessed({ facts }: Grounds): readonly Candidate[] {
  const [worst] = sshTraffic(facts)?.successes.afterFailures ?? [];
  if (worst === undefined) return [];
  const { ip, failures, account } = worst;
  const who = account === undefined ? "" : `passwd ${account}; `;
  return [
    {
      worth: 100,
      what: "Find out who logged in after many failures",
      why: `${ip} failed ${counted(failures, "time", "times")}, then was let in`,
      how: [
        `last -i | grep -F ${ip}   # not one of yours? ${who}and look for what was left behind`,
      ],
    },
  ];
}

function passwordsOff({ facts, reach }: Grounds): readonly Candidate[] {
  const { settings } = facts.ssh;
  if (!settings.known) return [];
  const seen = sshTraffic(facts);
  const { count = 0, byPassword = 0 } = seen?.successes ?? {};
  const used =
    byPassword > 0
      ? `${counted(byPassword, "login", "logins")} of ${amount(count)} used one: give those people keys first`
      : count < TELLING_LOGINS
        ? "keys cannot be guessed"
        : `none was used in ${counted(count, "login", "logins")}`;
  const { general, exceptions } = settings.value;
  const open = exceptions.filter(({ rules }) => rules.passwordIsEnough);
  const off = ["PasswordAuthentication no", "KbdInteractiveAuthentication no"];
  const names = someOf(
    open.map(({ account }) => account),
    3,
  );
  const how = general.passwordIsEnough
    ? [
        "# first, from your own machine: ssh-copy-id, and log in with the key",
        ...sshdSetting(facts, "05-keys-only.conf", off),
      ]
    : [
        `${off.join(", ")} in the Match block that names ${names || "root"}: grep -rn Match /etc/ssh`,
      ];
  return [
    { worth: reach.verdict === "yes" ? 95 : 60, what: "Turn off password login", why: used, how },
  ];
}
