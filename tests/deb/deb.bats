#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The Debian package on a bare machine: what it puts there, what it leaves alone, and that it goes.
# The tests are the machine's life, one after the other.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"

load machine.bash

REMOTES=/var/lib/one/remotes
MADS=/usr/lib/one/mads

setup_file() {
    MISSING=$(what_is_missing)
    export MISSING
    [ -z "$MISSING" ] || return 0
    DIR=$(mktemp -d "${TMPDIR:-/tmp}/deb.XXXXXX")
    MACHINE=$DIR/machine
    export DIR MACHINE
    # Not as a part of the make that runs the tests.
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$BUILDDIR" deb >"$DIR/log" 2>&1 3>&- || {
        tail -n 30 "$DIR/log"
        return 1
    }
    make_machine "$MACHINE" >"$DIR/log" 2>&1 3>&- || {
        tail -n 30 "$DIR/log"
        return 1
    }
    cp "$BUILDDIR"/one-vmm_*.deb "$MACHINE/one-vmm.deb"
    make_next
    make_opennebula
}

teardown_file() {
    [ -z "${DIR-}" ] || rm -rf -- "$DIR"
}

setup() {
    [ -z "$MISSING" ] || skip "$MISSING"
}

# The same package, one version on: other defaults, another script.
make_next() {
    local tree=$DIR/next share=$DIR/next/usr/share/one-vmm

    dpkg-deb -R "$MACHINE/one-vmm.deb" "$tree"
    sed -i 's/^Version: .*/&+next/' "$tree/DEBIAN/control"
    for file in "$share/etc/vmm_exec/"* "$share/config/vmm/kvm/kvmrc" "$share/script/vmm/kvm/deploy"; do
        echo "# the next version" >>"$file"
    done
    dpkg-deb -Znone --root-owner-group -b "$tree" "$MACHINE/next.deb"
    rm -r "$tree"
}

# What OpenNebula's packages have of the files that matter here, and scripts of its own.
make_opennebula() {
    local tree=$DIR/opennebula file

    for file in $MADS/one_vmm_exec $MADS/one_vmm_sh $MADS/one_vmm_ssh $MADS/one_tm $REMOTES/VERSION \
        $REMOTES/scripts_common.sh $REMOTES/datastore/xpath.rb $REMOTES/tm/dummy/clone $REMOTES/vnm/dummy/pre \
        $REMOTES/vmm/kvm/deploy $REMOTES/vmm/kvm/backup $REMOTES/vmm/kvm/poll $REMOTES/etc/vmm/kvm/kvmrc \
        /etc/one/oned.conf /etc/one/vmm_exec/vmm_execrc /etc/one/vmm_exec/vmm_exec_kvm.conf; do
        mkdir -p "$(dirname "$tree$file")"
        printf '#!/bin/sh\n# theirs: %s\n' "$file" >"$tree$file"
        [[ $file == /etc/* ]] || chmod +x "$tree$file"
    done
    echo 6.10.0 >"$tree$REMOTES/VERSION"
    mkdir "$tree/DEBIAN"
    (cd "$tree" && find etc var/lib/one/remotes/etc -type f -printf '/%p\n') >"$tree/DEBIAN/conffiles"
    printf '%s\n' 'Package: opennebula' 'Version: 6.10.0-1' 'Architecture: all' \
        'Maintainer: nobody <nobody@localhost>' 'Description: stands for the real one' >"$tree/DEBIAN/control"
    dpkg-deb -Znone --root-owner-group -b "$tree" "$MACHINE/opennebula.deb"
    (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -print0 | xargs -0 sha256sum) >"$MACHINE/opennebula.sums"
}

install() { on_machine apt-get -qq install -y --no-install-recommends "$@"; }

is_ours() { cmp "$MACHINE$MADS/one_vmm_exec" "$DIR/ours"; }

theirs_are_intact() { on_machine sh -c 'cd / && sha256sum --quiet -c opennebula.sums'; }

# The files that are there now but were not, or not so, when NAME was listed; without those that belong
# to a package.
new_since() { # NAME
    list_files "$DIR/now"
    comm -13 "$DIR/$1" "$DIR/now" | cut -d ' ' -f 1 | sort -u >"$DIR/new"
    cat "$MACHINE"/var/lib/dpkg/info/*.list | sed -E 's|^/||; s|^(bin\|sbin\|lib[0-9a-z]*)/|usr/\1/|' | sort -u |
        comm -23 "$DIR/new" -
}

gone_since() { # NAME
    list_files "$DIR/now"
    comm -23 <(cut -d ' ' -f 1 "$DIR/$1" | sort -u) <(cut -d ' ' -f 1 "$DIR/now" | sort -u)
}

@test "it names the libraries and programs that it starts only when it runs" {
    local depends

    depends=$(dpkg-deb -f "$MACHINE/one-vmm.deb" Depends)
    [[ ", $depends," == *", libssh2-1,"* ]]
    [[ ", $depends," == *", openssh-client,"* ]]
}

@test "it installs on a bare machine" {
    mkdir "$MACHINE/var/log/one"
    list_files "$DIR/before"
    [ ! -e "$MACHINE/usr/bin/ssh" ]
    install /one-vmm.deb
    on_machine dpkg -V one-vmm
    [ -x "$MACHINE/usr/bin/ssh" ]
    cp "$MACHINE$MADS/one_vmm_exec" "$DIR/ours"
    # A service of hosts: nobody has asked for it here.
    [ -z "$(find "$MACHINE/etc/systemd" "$MACHINE/etc/rc"?.d -name '*one-guests*' ! -name 'K*')" ]
}

@test "the driver finds the front-end ready" {
    local lacks='lacks resize_disk resize exec exec_cancel; actions that need them will fail'

    run on_machine "$MADS/one_vmm_exec" --check
    echo "$output"
    [ "$status" -eq 0 ]
    diff - <(sort <<<"$output") <<E
  note     configuration  /var/lib/one/config: No such file or directory
  note     configuration  the scripts on hosts are taken to be in /var/tmp/one
  note     scripts        $REMOTES/vmm/example $lacks
  note     scripts        $REMOTES/vmm/kvm $lacks
  note     scripts        $REMOTES/vmm/xen3 $lacks
  note     scripts        $REMOTES/vmm/xen4 $lacks
  ok       configuration  /etc/one/vmm_exec/vmm_execrc
  ok       release        (told by each request)
  ok       scripts        $REMOTES/tm/dummy: 17
  ok       scripts        $REMOTES/vmm/example: 19
  ok       scripts        $REMOTES/vmm/kvm: 21
  ok       scripts        $REMOTES/vmm/xen3: 18
  ok       scripts        $REMOTES/vmm/xen4: 18
  ok       scripts        $REMOTES/vnm/dummy: 4
  ok       state          /var/lib/one
front-end
ready
E
}

@test "a virtual machine of the example driver is deployed and polled" {
    echo '<domain/>' >"$MACHINE/deployment.0"
    run on_machine one_vmm_try example deploy --id 5 --file /deployment.0 --remote-file /tmp/5 -- --all-local
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"DEPLOY SUCCESS 5 one-5"* ]]
    run on_machine one_vmm_try example poll --id 5 -- --all-local
    echo "$output"
    [[ $output == *"POLL SUCCESS 5 STATE=a "* ]]
    run on_machine one_vmm_try example cancel --id 5 -- --all-local
    [[ $output == *"CANCEL SUCCESS 5"* ]]
    rm -r "$MACHINE/deployment.0" "$MACHINE/var/tmp/one-example"
}

@test "a line of oned is answered, and the driver keeps its log" {
    cat "$SRCDIR/tests/captures/4.14.2/"{INIT,POLL}.line >"$MACHINE/lines"
    # As oned starts it, without standard error.
    run on_machine sh -c "$MADS/one_vmm_exec --all-local example </lines 2>&-"
    rm "$MACHINE/lines"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"INIT SUCCESS"* ]]
    [[ $output == *"POLL SUCCESS "*" STATE=d"* ]]
    grep -q "told by a request" "$MACHINE/var/log/one/one_vmm_example.log"
}

@test "the helpers of the scripts run" {
    [ "$(on_machine sh -c "echo '<a><b>x</b></a>' | $REMOTES/datastore/xpath.rb /a/b" | tr -d '\0')" = x ]
    run on_machine one-guests --help
    [ "$status" -eq 0 ]
}

@test "an upgrade keeps settings that were edited, and renews the others" {
    echo "# mine" >"$MACHINE/etc/one/vmm_exec/vmm_execrc"
    echo "# mine" >"$MACHINE$REMOTES/vmm/kvm/kvmrc"
    install /next.deb
    [ "$(cat "$MACHINE/etc/one/vmm_exec/vmm_execrc")" = "# mine" ]
    [ "$(cat "$MACHINE$REMOTES/vmm/kvm/kvmrc")" = "# mine" ]
    [ "$(tail -n 1 "$MACHINE/etc/one/vmm_exec/vmm_exec_kvm.conf")" = "# the next version" ]
    [ "$(tail -n 1 "$MACHINE$REMOTES/vmm/kvm/deploy")" = "# the next version" ]
    is_ours
    on_machine "$MADS/one_vmm_exec" --check
}

@test "what is removed leaves only settings, and a purge nothing" {
    on_machine dpkg --remove one-vmm
    [ "$(cat "$MACHINE/etc/one/vmm_exec/vmm_execrc")" = "# mine" ]
    [ "$(cat "$MACHINE$REMOTES/vmm/kvm/kvmrc")" = "# mine" ]
    [ -z "$(find "$MACHINE/etc/one" "$MACHINE/var/lib/one" -type f ! -name '*rc' ! -name 'vmm_exec_*.conf' \
        ! -name '*.ucf-dist')" ]
    [ ! -e "$MACHINE/usr/lib/one" ]
    on_machine dpkg --purge one-vmm
    run new_since before
    echo "$output"
    # openssh-client has a group.
    [ -z "$(grep -v -x -E -e 'etc/(group|gshadow)-?' -e run/adduser <<<"$output")" ]
    run gone_since before
    [ -z "$output" ]
}

@test "OpenNebula's driver is put aside, its scripts and settings stay as they are" {
    install /opennebula.deb
    list_files "$DIR/theirs"
    install /one-vmm.deb
    is_ours
    sed 's|mads/one_vmm_\(.*\)|&.opennebula|' -i "$MACHINE/opennebula.sums"
    theirs_are_intact
    [ "$(cd "$MACHINE$REMOTES/vmm/kvm" && echo *)" = "backup deploy poll" ]
    [ -x "$MACHINE$REMOTES/vmm/example/deploy" ]
    run on_machine "$MADS/one_vmm_exec" --check
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *" 6.10 ("* ]]
}

@test "an upgrade of OpenNebula leaves the driver in force" {
    on_machine dpkg -i /opennebula.deb
    is_ours
    theirs_are_intact
}

@test "when it goes everything is OpenNebula's again" {
    on_machine dpkg --purge one-vmm
    sed 's|\.opennebula$||' -i "$MACHINE/opennebula.sums"
    theirs_are_intact
    on_machine dpkg -V opennebula
    list_files "$DIR/now"
    diff "$DIR/theirs" "$DIR/now"
    on_machine dpkg --purge opennebula
}

@test "OpenNebula may come after it" {
    install /one-vmm.deb
    on_machine dpkg --force-confold -i /opennebula.deb
    is_ours
    on_machine dpkg --purge one-vmm
    grep -v /etc/ "$MACHINE/opennebula.sums" >"$MACHINE/scripts.sums"
    on_machine sh -c 'cd / && sha256sum --quiet -c scripts.sums'
    rm "$MACHINE/scripts.sums"
    [ "$(cd "$MACHINE$REMOTES/vmm/kvm" && echo *)" = "backup deploy poll" ]
    # Its settings by now, with what was there before.
    cmp "$MACHINE/etc/one/vmm_exec/vmm_execrc" "$SRCDIR/etc/vmm_exec/vmm_execrc"
    on_machine dpkg --purge opennebula
    run gone_since before
    [ -z "$output" ]
    [ ! -e "$MACHINE/etc/one" ]
    [ ! -e "$MACHINE/var/lib/one" ]
}
