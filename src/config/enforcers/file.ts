/** Lists the keys of [enforcers.NAME] with kind = "file", in the form of schema.ts. */

export const FILE = {
  meaning: "A deny list that a web server, a proxy or tcp wrappers read.",
  keys: {
    path: {
      is: "path",
      required: "/etc/nginx/bailiff/denied.conf",
      meaning:
        "The list. All of it is bailiff's, and its first line says so: a file without that line is never written, and neither is a link.",
    },
    format: {
      insteadOf: "template",
      is: "choice",
      of: [
        "plain",
        "hosts.deny",
        "nginx-geo",
        "nginx-map",
        "nginx-deny",
        "haproxy-map",
        "caddy",
        "traefik",
        "apache",
      ],
      default: "plain",
      meaning: "The form of the list. plain: an address or network on each line.",
    },
    template: {
      is: "text",
      otherwise: "format applies",
      meaning: "The form of each line instead of format, with {ip} once: `deny {ip};`.",
    },
    comment: {
      needs: { keys: ["template"] },
      is: "text",
      default: "#",
      meaning: "What begins a comment in a list with a template.",
    },
    reload: {
      is: "command",
      otherwise: "the program reads the list by itself",
      meaning:
        "Program and arguments that make the other program read the list, never through a shell. Bans count as enforced only after it exited with 0.",
    },
    every: {
      needs: { keys: ["reload"] },
      is: "duration",
      min: 0,
      max: 60_000,
      default: "5s",
      meaning: "Minimum time between two reloads. Bans in between wait for the next one.",
    },
    timeout: {
      needs: { keys: ["reload"] },
      is: "duration",
      min: 100,
      max: 600_000,
      default: "30s",
      meaning: "Time limit of a reload; then its process group is killed.",
    },
  },
  place: ["path"],
} as const;
