/** Bans of every kind that an export must handle: both families, a network, an end, several jails, an observed one. */
import type { BanReply } from "../../control/ban-messages.ts";

const BAN: BanReply = {
  subject: "192.0.2.1",
  jail: "sshd",
  from: "2026-04-30T23:00:00Z",
  until: "2026-05-01T01:00:00Z",
  origin: "detected",
  reason: "5 failures within 10m",
  state: "enforced",
  packets: 7,
  ports: "all",
  error: null,
  missing_in: [],
};

export const SAMPLE_BANS: readonly BanReply[] = [
  BAN,
  { ...BAN, jail: "manual", until: "2026-05-01T02:00:00.500Z", reason: 'the "owner", says' },
  { ...BAN, subject: "192.0.2.2", until: null, packets: null, reason: "=cmd()" },
  { ...BAN, subject: "192.0.2.3", state: "observed" },
  { ...BAN, subject: "192.0.2.4", until: "2026-05-01T00:00:00Z" },
  { ...BAN, subject: "192.0.2.0/24", state: "pending" },
  { ...BAN, subject: "2001:db8:1::/64", until: "2036-05-01T00:00:00Z" },
];
