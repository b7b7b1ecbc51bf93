/**
 * Downloads the files of a default Debian 12 and of further packages, once, to folders outside the checkout. Packages are
 * extracted and not installed: their maintainer scripts do not run, so they make no accounts and start nothing. Test files
 * that need the same folder at the same time wait for one another. Needs root.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const CACHE = "/var/cache/bailiff-tests";
const BASE_PACKAGES =
  "systemd,systemd-sysv,dbus,openssh-server,nftables,libnftables1,libatomic1,util-linux,procps";
const LIMIT_MS = 1_000_000;

/** $1: the folder to make, $2: packages. */
const MAKE_BASE = `debootstrap --variant=minbase "--include=$2" bookworm "$1.partial" >/dev/null
rm -rf "$1.partial/var/cache/apt" "$1.partial/var/lib/apt/lists"`;

/**
 * $1: the folder to make, $2: the base, $3: Debian's suite, then packages. apt finds out what they need that the base
 * lacks. The base has links such as /lib -> usr/lib, which tar must keep.
 */
const MAKE_PACKAGES = `files=$1 base=$2 suite=$3 apt=$PWD/apt-$3; shift 3
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
key=/usr/share/keyrings/debian-archive-keyring.gpg
sed "s|^deb |deb [signed-by=$key] |; s|bookworm|$suite|" "$base/etc/apt/sources.list" >"$apt/sources.list"
apt_get() {
  apt-get -qq -o "Dir::State::status=$base/var/lib/dpkg/status" -o "Dir::State::lists=$apt/lists" \\
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives" \\
    -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \\
    -o APT::Sandbox::User=root "$@" >/dev/null
}
download() { apt_get install --download-only --yes --no-install-recommends "$@"; }
# Old lists name versions that the mirror no longer has.
[ -e "$apt/updated" ] && download "$@" 2>/dev/null || { apt_get update; : >"$apt/updated"; download "$@"; }
mkdir -p "$files.partial/usr"
for name in bin sbin lib lib64; do
  mkdir "$files.partial/usr/$name"
  ln -s "usr/$name" "$files.partial/$name"
done
find "$apt/archives" -name "*.deb" -print0 |
  xargs -0 -P 2 -I{} sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"' sh {} "$files.partial"
find "$apt/archives" -name "*.deb" -delete`;

/** The path of the files of a default Debian. */
export function baseFiles(): string {
  return make("debian-12", [BASE_PACKAGES], MAKE_BASE);
}

/**
 * The path of the files of these packages, and of those they need, that the default Debian lacks. Packages of Debian 13
 * ("trixie") come with its newer libraries, and work over the same default Debian.
 */
export function packageFiles(
  packages: readonly string[],
  suite: "bookworm" | "trixie" = "bookworm",
): string {
  return make("packages", [baseFiles(), suite, ...packages], MAKE_PACKAGES);
}

/** The name of a folder identifies its content. */
function make(kind: string, content: readonly string[], script: string): string {
  const digest = createHash("sha256").update(content.join(" ")).digest("hex").slice(0, 12);
  const folder = join(CACHE, `${kind}-${digest}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  const whole = `[ -e "$1" ] || { rm -rf "$1.partial"; (set -e; ${script}\n); mv "$1.partial" "$1"; }`;
  execFileSync("flock", ["lock", "/bin/sh", "-ec", whole, "sh", folder, ...content], {
    cwd: CACHE,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: LIMIT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return folder;
}
