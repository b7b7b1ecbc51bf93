/** Real web servers and proxies: who probes them is banned, and who fetches pages, also missing ones, is not. */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";
import { WEB_SERVERS } from "./web-servers.ts";

const VISIT = `${answersWith(200, '"http://$ADDRESS/"')}
${answersWith(404, '"http://$ADDRESS/favicon.ico"')}`;
const PROBES = {
  counts: "abuse" as const,
  attempt: answersWith(404, '"http://$ADDRESS/.env"'),
  visit: VISIT,
};

const { apache, caddy, lighttpd, nginx, squid } = WEB_SERVERS;

testServices([
  { ...apache, ...PROBES, attempt: answersWith(403, '"http://$ADDRESS/.htpasswd"') },
  { ...caddy, ...PROBES },
  { ...lighttpd, ...PROBES },
  { ...nginx, ...PROBES },
  {
    ...squid,
    counts: "abuse",
    // A mail server behind the proxy: 56, because the proxy refuses the tunnel.
    attempt: `code=0
curl --proxytunnel --proxy "http://alice:right@$ADDRESS:3128/" http://127.0.0.1:25/ || code=$?
[ $code -eq 56 ]`,
    visit: answersWith(200, '--proxy "http://alice:right@$ADDRESS:3128/" http://127.0.0.1:8080/'),
  },
]);
