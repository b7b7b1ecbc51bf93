/** Real web servers and proxies: who guesses passwords or probes is banned, and who logs in or fetches a page is not. */
import { testServices } from "./ban-attackers.ts";

/** curl prints the status of a request. */
const STATUS = `curl --silent --output /dev/null --write-out "%{http_code}"`;
const ATTEMPT = `[ "$(${STATUS} --user alice:wrong "http://$ADDRESS/private/")" = 401 ]`;
const VISIT = `[ "$(${STATUS} "http://$ADDRESS/")" = 200 ]
[ "$(${STATUS} --user alice:right "http://$ADDRESS/private/")" = 200 ]`;

testServices([
  {
    name: "nginx",
    packages: ["nginx-light", "curl"],
    port: 80,
    files: {
      "/etc/nginx/sites-enabled/lab": `server {
  listen $ADDRESS:80;
  root /var/www/html;
  location /private/ { auth_basic "Lab"; auth_basic_user_file /etc/nginx/users; }
}
`,
      "/etc/nginx/users": "alice:{PLAIN}right\n",
      "/var/www/html/index.html": "Welcome\n",
      "/var/www/html/private/index.html": "Welcome, Alice\n",
    },
    prepare: "mkdir -p /var/log/nginx",
    run: `nginx -g "daemon off;"`,
    attempt: ATTEMPT,
    visit: VISIT,
  },
]);
