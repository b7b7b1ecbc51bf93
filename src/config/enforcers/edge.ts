/** Lists the keys of [enforcers.NAME] with kind = "edge", in the form of schema.ts. */

export const EDGE = {
  meaning: "A list of a content delivery network, a cloud or a router, through its HTTP interface.",
  keys: {
    service: {
      is: "text",
      required: "cloudflare-list",
      meaning:
        "Name of a shipped definition (cloudflare-list, cloudflare-zone, aws-waf, mikrotik, opnsense, pfsense, unifi), or the absolute path of your own.",
    },
    parameters: {
      is: "texts",
      default: {},
      meaning:
        'What the definition asks for, such as `parameters = { account = "…", list = "…" }`.',
    },
    token_file: {
      is: "path",
      example: "/etc/bailiff/edge.token",
      otherwise: "credential is used",
      meaning:
        "File with the token, or with USER:PASSWORD, KEY:SECRET or ID:SECRET, as the definition says. It must belong to root and be closed to all others; it is read again for each request.",
    },
    credential: {
      insteadOf: "token_file",
      is: "name",
      example: "edge-token",
      otherwise: "token_file is used",
      meaning: "Name of a systemd credential (LoadCredential=) with the same content.",
    },
    base_url: {
      is: "http-url",
      example: "https://router.example.org",
      otherwise: "the address in the definition",
      meaning:
        "Address of the service, such as https://router.example.org. http only to this host.",
    },
    ca_file: {
      is: "path",
      example: "/etc/bailiff/router-ca.pem",
      otherwise: "the certificate authorities of the system",
      meaning:
        "Certificate authorities to trust for this service alone, as PEM: for a router with a private certificate. Certificates are always verified.",
    },
    mark: {
      is: "text",
      otherwise: "bailiff, the name of this host, and digits derived from its machine ID",
      meaning:
        "Marks the entries of this host where the service has comments. It begins with bailiff. Entries without exactly this mark are never changed.",
    },
    capacity: {
      is: "integer",
      min: 1,
      max: 1_000_000,
      otherwise: "what the definition says",
      meaning:
        "Maximum number of entries of the list, those of others included. Of more bans, those that end last are held.",
    },
    timeout: {
      is: "duration",
      min: 100,
      max: 600_000,
      default: "20s",
      meaning: "Time limit of a request.",
    },
  },
  place: ["service", "parameters", "base_url", "mark"],
} as const;
