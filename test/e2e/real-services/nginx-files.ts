/**
 * Returns files of an nginx with a page behind a password. As in nginx's own image, its logs are the container's output.
 */
export function nginxFiles(listen: string): Readonly<Record<string, string>> {
  return {
    "/etc/nginx/nginx.conf": `daemon off;
error_log /dev/stderr notice;
events {}
http {
  access_log /dev/stdout;
  server {
    listen ${listen};
    root /var/www/html;
    location /private/ { auth_basic "Lab"; auth_basic_user_file /etc/nginx/users; }
  }
}
`,
    "/etc/nginx/users": "alice:{PLAIN}right\n",
    "/var/www/html/private/index.html": "Welcome, Alice\n",
  };
}
