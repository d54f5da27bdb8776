# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A front-end of its own for each test, with scripts that note how they were called.

setup() {
    ROOT=$(mktemp -d /tmp/one-vmm-try.XXXXXX)
    export ONE_LOCATION=$ROOT ROOT
    export NO_COLOR=
    export TRY=$BUILDDIR/one_vmm_try
    mkdir -p "$ROOT"/etc/vmm_exec "$ROOT"/var/remotes/{vmm/kvm,vnm/dummy,tm/shared,datastore/rsync}
    echo 'SCRIPTS_REMOTE_DIR=/var/tmp/one' >"$ROOT/var/config"
    echo '<domain/>' >"$ROOT/deployment.0"
}

teardown() {
    rm -rf -- "$ROOT"
}

# make_script KIND/DRIVER/NAME: reads the rest of the script on standard input.
make_script() {
    { printf '#!/bin/bash\n'; cat; } >"$ROOT/var/remotes/$1"
    chmod 755 "$ROOT/var/remotes/$1"
}

# recorder KIND/DRIVER/NAME...: scripts that append their command line, quoted, to $ROOT/calls.
recorder() {
    local name
    for name; do
        make_script "$name" <<'S'
line=$0
for word; do
    case $word in
    '' | *[!A-Za-z0-9@%+:,./_-]*) word=\'${word//\'/\'\\\'\'}\' ;;
    esac
    line+=" $word"
done
printf '%s\n' "$line" >>"$ROOT/calls"
cat >/dev/null
[ "${0##*/}" != deploy ] || echo NEW_DEPLOY_ID
S
    done
}

# Waits until the file holds the text.
wait_for_text() {
    local file=$1 text=$2 tries=0
    until grep -q -F -- "$text" "$file" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 500 ] || return 1
        sleep 0.02
    done
}

# Waits until no process has this number any more.
wait_for_end() {
    local tries=0
    while kill -0 "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 500 ] || return 1
        sleep 0.02
    done
}
