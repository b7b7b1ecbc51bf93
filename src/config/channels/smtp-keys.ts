/** Lists the keys of [notify.NAME] with kind = "smtp", in the form of schema.ts, and what they mean together. */
import { addressScope } from "../../domain/address-scope.ts";
import { parseIp } from "../../domain/ip.ts";

export const SMTP = {
  host: {
    is: "server",
    required: "mail.example.org",
    meaning: "Mail server that accepts the mail. Its certificate must be for this name.",
  },
  port: {
    is: "integer",
    min: 1,
    max: 65_535,
    otherwise: "587 with starttls, 465 with tls, 25 with none",
    meaning: "TCP port of the server.",
  },
  security: {
    is: "choice",
    of: ["starttls", "tls", "none"],
    otherwise: "tls at port 465; none for a server on this host without user; else starttls",
    meaning:
      "starttls: the connection is encrypted before anything is sent, or nothing is sent. tls: encrypted from the beginning. none: only to a server on this host (localhost, 127.0.0.1, ::1).",
  },
  user: {
    is: "text",
    otherwise: "no login",
    meaning: "Name of the account at the server. Nothing is sent if the server refuses the login.",
  },
  password_file: {
    is: "path",
    example: "/etc/bailiff/smtp.password",
    otherwise: "no login",
    needs: { keys: ["user"] },
    meaning:
      "File with the password of the account, closed to other users, or a systemd credential (/run/credentials/bailiff.service/NAME). It is read again for each message.",
  },
  from: {
    is: "email",
    required: "bailiff@example.org",
    meaning: "Address of the sender, which the server must accept.",
  },
  to: {
    is: "recipients",
    required: ["admin@example.org"],
    meaning: "Who receives the mail.",
  },
  ca_file: {
    is: "path",
    example: "/etc/bailiff/mail-ca.pem",
    otherwise: "the certificate authorities of the system",
    meaning:
      "Certificate authorities to trust for this server alone, as PEM: for a server with a private certificate. Certificates are always verified.",
  },
  timeout: {
    is: "duration",
    min: 1000,
    max: 600_000,
    default: "30s",
    meaning: "Time limit of sending a message.",
  },
} as const;

export type SmtpSecurity = (typeof SMTP.security.of)[number];

const PORTS: { readonly [security in SmtpSecurity]: number } = {
  starttls: 587,
  tls: 465,
  none: 25,
};

/** Returns whether a server is this host, so that nobody else sees what is sent to it. */
export function isOnThisHost(host: string): boolean {
  const ip = parseIp(host);
  return ip === undefined ? host === "localhost" : addressScope(ip) === "loopback";
}

interface SmtpServer {
  readonly host: string;
  readonly user: string | undefined;
  readonly security: SmtpSecurity | undefined;
  readonly port: number | undefined;
}

/** Returns the values of `security` and `port`, also if they are not set. */
export function connectionOf(settings: SmtpServer): {
  readonly security: SmtpSecurity;
  readonly port: number;
} {
  const { security = usualSecurity(settings) } = settings;
  return { security, port: settings.port ?? PORTS[security] };
}

/** A server at the port of tls waits for its handshake, and would never greet. */
function usualSecurity({ host, user, port }: SmtpServer): SmtpSecurity {
  if (port === PORTS.tls) return "tls";
  return isOnThisHost(host) && user === undefined ? "none" : "starttls";
}
