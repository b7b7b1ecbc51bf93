/**
 * Generates sessions of a Debian host's auth.log. They are attacks on sshd in realistic proportions, successful logins,
 * and lines of cron, sudo, systemd-logind and the kernel. A session is the list of its lines in order, without time and
 * host.
 */
import type { Random } from "./random.ts";

export interface Session {
  /** Lines of the form "program[pid]: message" or "program: message". */
  readonly lines: readonly string[];
  /** Number of attempts with wrong passwords or unknown users. */
  readonly attempts: number;
}

const NAMES = [
  "admin test ubuntu oracle postgres user git deploy ftpuser pi hadoop jenkins nagios mysql guest support",
  "www minecraft ansible steam tomcat elastic es dev vagrant debian centos ec2-user backup zabbix",
]
  .join(" ")
  .split(" ");
const ACCOUNTS = ["root", "root", "root", "root", "root", "root", "www-data", "backup"] as const;
const PEOPLE = ["anna", "ben", "carla", "deploy"] as const;
const CLOSED_BEFORE = ["Connection closed by", "Connection reset by"] as const;

/** Returns a public address. Some addresses are used again, because attackers return. */
function attackerAddress(random: Random): string {
  if (random.next() < 0.02)
    return `2001:db8:${random.below(65536).toString(16)}::${(random.below(65535) + 1).toString(16)}`;
  const n = Math.floor(random.next() ** 3 * 50_000);
  return `${1 + ((n * 7) % 9)}.${(n >> 8) & 255}.${n & 255}.${1 + ((n * 31) % 254)}`;
}

const pam = "logname= uid=0 euid=0 tty=ssh ruser=";

export function attackSession(random: Random, pid: number): Session {
  const ip = attackerAddress(random);
  const port = 1024 + random.below(64_000);
  const kind = random.next();
  if (kind < 0.42) return unknownUser(random, { pid, ip, port });
  if (kind < 0.82) return wrongPassword(random, { pid, ip, port });
  if (kind < 0.86) return tooMany(random, { pid, ip, port });
  return noLogin(random, { pid, ip, port });
}

interface Peer {
  readonly pid: number;
  readonly ip: string;
  readonly port: number;
}

function unknownUser(random: Random, { pid, ip, port }: Peer): Session {
  const user = random.pick([NAMES[random.below(NAMES.length)] ?? "admin"]);
  const end =
    random.next() < 0.5
      ? [`${random.pick(CLOSED_BEFORE)} invalid user ${user} ${ip} port ${port} [preauth]`]
      : [
          `Received disconnect from ${ip} port ${port}:11: Bye Bye [preauth]`,
          `Disconnected from invalid user ${user} ${ip} port ${port} [preauth]`,
        ];
  return session(1, pid, [
    `Invalid user ${user} from ${ip} port ${port}`,
    "pam_unix(sshd:auth): check pass; user unknown",
    `pam_unix(sshd:auth): authentication failure; ${pam} rhost=${ip} `,
    `Failed password for invalid user ${user} from ${ip} port ${port} ssh2`,
    ...end,
  ]);
}

function wrongPassword(random: Random, { pid, ip, port }: Peer): Session {
  const user = random.pick(ACCOUNTS);
  const tries = 1 + (random.next() < 0.35 ? random.below(3) : 0);
  const end =
    random.next() < 0.5
      ? [`${random.pick(CLOSED_BEFORE)} authenticating user ${user} ${ip} port ${port} [preauth]`]
      : [
          `Received disconnect from ${ip} port ${port}:11: Bye Bye [preauth]`,
          `Disconnected from authenticating user ${user} ${ip} port ${port} [preauth]`,
        ];
  return session(tries, pid, [
    `pam_unix(sshd:auth): authentication failure; ${pam} rhost=${ip}  user=${user}`,
    ...Array.from(
      { length: tries },
      () => `Failed password for ${user} from ${ip} port ${port} ssh2`,
    ),
    ...end,
    ...(tries > 1
      ? [
          `PAM ${tries - 1} more authentication failure${tries > 2 ? "s" : ""}; ${pam} rhost=${ip}  user=${user}`,
        ]
      : []),
  ]);
}

function tooMany(random: Random, { pid, ip, port }: Peer): Session {
  const user = random.pick(ACCOUNTS);
  return session(6, pid, [
    `pam_unix(sshd:auth): authentication failure; ${pam} rhost=${ip}  user=${user}`,
    ...Array.from({ length: 6 }, () => `Failed password for ${user} from ${ip} port ${port} ssh2`),
    `error: maximum authentication attempts exceeded for ${user} from ${ip} port ${port} ssh2 [preauth]`,
    `Disconnecting authenticating user ${user} ${ip} port ${port}: Too many authentication failures [preauth]`,
    `PAM 5 more authentication failures; ${pam} rhost=${ip}  user=${user}`,
    "PAM service(sshd) ignoring max retries; 6 > 3",
  ]);
}

function noLogin(random: Random, { pid, ip, port }: Peer): Session {
  const user = random.pick(ACCOUNTS);
  return session(0, pid, [
    random.pick([
      `Connection closed by ${ip} port ${port} [preauth]`,
      `Connection closed by ${ip} port ${port} [preauth]`,
      `Connection reset by ${ip} port ${port} [preauth]`,
      `Connection closed by authenticating user ${user} ${ip} port ${port} [preauth]`,
      `Connection closed by ${ip} port ${port}`,
      `Unable to negotiate with ${ip} port ${port}: no matching key exchange method found. Their offer: diffie-hellman-group14-sha1,diffie-hellman-group1-sha1 [preauth]`,
      "error: kex_exchange_identification: Connection closed by remote host",
      `banner exchange: Connection from ${ip} port ${port}: invalid format`,
    ]),
  ]);
}

/** Returns a session without attacks. */
export function quietSession(random: Random, pid: number): Session {
  const kind = random.next();
  const person = random.pick(PEOPLE);
  if (kind < 0.45) {
    return told("CRON", pid, [
      "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
      "pam_unix(cron:session): session closed for user root",
    ]);
  }
  if (kind < 0.7) return logIn(random, person, pid);
  if (kind < 0.88) {
    return {
      attempts: 0,
      lines: [
        `sudo:     ${person} : TTY=pts/${random.below(9)} ; PWD=/home/${person} ; USER=root ; COMMAND=/usr/bin/systemctl status nginx`,
        `sudo: pam_unix(sudo:session): session opened for user root(uid=0) by ${person}(uid=${1000 + random.below(9)})`,
        "sudo: pam_unix(sudo:session): session closed for user root",
      ],
    };
  }
  const uptime = `${random.below(9_000_000)}.${String(random.below(1e6)).padStart(6, "0")}`;
  const from = `198.51.100.${random.below(256)}`;
  return {
    attempts: 0,
    lines: [
      `kernel: [${uptime}] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:55:0a:00:02:02:08:00 SRC=${from} DST=203.0.113.10 LEN=40 TOS=0x00 PREC=0x00 TTL=${random.below(200) + 30} ID=${random.below(65536)} PROTO=TCP SPT=${random.below(65536)} DPT=${random.below(65536)} WINDOW=1024 RES=0x00 SYN URGP=0`,
    ],
  };
}

function logIn(random: Random, person: string, pid: number): Session {
  const ip = `203.0.113.${1 + random.below(20)}`;
  const port = 1024 + random.below(64_000);
  const number = random.below(100_000);
  const uid = 1000 + random.below(9);
  const key = "ED25519 SHA256:k3W1vq0hZ5T0c8yJp9aXnB2LrE7uFdM4sGiOtQwYxNc";
  const sshd = session(0, pid, [
    `Accepted publickey for ${person} from ${ip} port ${port} ssh2: ${key}`,
    `pam_unix(sshd:session): session opened for user ${person}(uid=${uid}) by (uid=0)`,
  ]).lines;
  return {
    attempts: 0,
    lines: [
      ...sshd,
      `systemd-logind[611]: New session ${number} of user ${person}.`,
      `sshd[${pid + 7}]: Received disconnect from ${ip} port ${port}:11: disconnected by user`,
      `sshd[${pid + 7}]: Disconnected from user ${person} ${ip} port ${port}`,
      `sshd[${pid}]: pam_unix(sshd:session): session closed for user ${person}`,
      `systemd-logind[611]: Session ${number} logged out. Waiting for processes to exit.`,
      `systemd-logind[611]: Removed session ${number}.`,
    ],
  };
}

function session(attempts: number, pid: number, messages: readonly string[]): Session {
  return { attempts, lines: messages.map((message) => `sshd[${pid}]: ${message}`) };
}

function told(program: string, pid: number, messages: readonly string[]): Session {
  return { attempts: 0, lines: messages.map((message) => `${program}[${pid}]: ${message}`) };
}
