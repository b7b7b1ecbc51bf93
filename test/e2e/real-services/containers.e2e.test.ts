/** A real server in a real container of Docker, whose log is the runtime's file of JSON lines. */
import { answersWith } from "./answers-with.ts";
import { testServices } from "./ban-attackers.ts";

testServices([
  {
    name: "nginx",
    packages: ["docker.io", "nginx-light", "curl"],
    port: 80,
    // On a host it is /var/lib/docker/containers.
    jail: 'source = { file = ["/var/log/docker-containers/*/*-json.log"] }',
    // As in the image of nginx, its logs are the container's output.
    files: {
      "/etc/nginx/nginx.conf": `daemon off;
error_log /dev/stderr notice;
events {}
http {
  access_log /dev/stdout;
  server {
    listen $ADDRESS:80;
    root /var/www/html;
    location /private/ { auth_basic "Lab"; auth_basic_user_file /etc/nginx/users; }
  }
}
`,
      "/etc/nginx/users": "alice:{PLAIN}right\n",
      "/var/www/html/private/index.html": "Welcome, Alice\n",
    },
    // The image has only links such as /bin -> usr/bin and what nginx writes to; the other files come as volumes.
    prepare: `mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /var/log/docker-containers /image/var/log/nginx /image/var/lib/nginx /image/run
cp --no-dereference /bin /sbin /lib /lib64 /image
dockerd --iptables=false --ip6tables=false --bridge=none --cgroup-parent "/bailiff-$ADDRESS" 2>/tmp/dockerd.log &
until docker version >/dev/null 2>&1; do
  kill -0 $! || { cat /tmp/dockerd.log; exit 1; }
  sleep 0.1
done
mount --bind /var/log/docker-containers /var/lib/docker/containers
tar -C /image -c . | docker import - image >/dev/null`,
    run: `docker run --rm --name web --network host --volume /usr:/usr:ro --volume /etc:/etc:ro \\
  --volume /var/www:/var/www:ro image nginx`,
    attempt: answersWith(401, '--user alice:wrong "http://$ADDRESS/private/"'),
    visit: answersWith(200, '--anyauth --user alice:right "http://$ADDRESS/private/"'),
    cleanUp: `docker rm --force web
rmdir "/sys/fs/cgroup/bailiff-$ADDRESS"`,
  },
]);
