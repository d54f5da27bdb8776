#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What "make install" does with scripts and settings, and what an installed tree can do.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"

setup() {
    ROOT=$(mktemp -d "${BATS_TMPDIR:-/tmp}/install.XXXXXX")
    REMOTES=$ROOT$(place oneremotesdir)
    ETC=$ROOT$(place oneetcdir)
}
teardown() { rm -rf -- "$ROOT"; }

place() { sed -n "s/^$1 = //p" "$BUILDDIR/Makefile"; }

# Not as a part of the make that runs the tests.
do_make() { env -u MAKEFLAGS -u MFLAGS make -s -C "$BUILDDIR" DESTDIR="$ROOT" "$@" 3>&-; }

@test "each script that the driver may ask for is installed and executable" {
    do_make install-remotes install-etc
    for name in attach_disk attach_nic cancel deploy detach_disk detach_nic migrate migrate_local \
        poll prereconfigure reboot reconfigure reset restore save shutdown snapshot_create \
        snapshot_delete snapshot_revert; do
        [ -x "$REMOTES/vmm/kvm/$name" ]
        [ -x "$REMOTES/vmm/example/$name" ]
    done
    [ -x "$REMOTES/vmm/kvm/save.ceph" ]
    [ -x "$REMOTES/vmm/kvm/restore.ceph" ]
    for name in pre post clean update_sg; do
        "$REMOTES/vnm/dummy/$name" x
    done
    "$REMOTES/tm/dummy/premigrate" x
    [ -x "$REMOTES/datastore/xpath.rb" ]
    [ ! -x "$REMOTES/vmm/kvm/kvmrc" ]
    [ -e "$ETC/vmm_exec/vmm_exec_kvm.conf" ]
    # Copied, not linked: a link would not survive each way to a host.
    [ -z "$(find "$ROOT" -type l)" ]
}

@test "everything in the tree is installed" {
    do_make install-remotes install-etc
    (cd "$SRCDIR/remotes/vmm" && find kvm example ! -type d) | while read -r file; do
        [ -e "$REMOTES/vmm/$file" ] || { echo "$file is not installed"; false; }
    done
}

@test "the driver finds no fault with what is installed" {
    do_make install-remotes install-etc
    mkdir "$ROOT/one"
    ln -s "$ETC" "$ROOT/one/etc"
    ln -s "$(dirname "$REMOTES")" "$ROOT/one/var"
    touch "$REMOTES/vmm/kvm/"{kvmrc.new,kvmrc.ucf-dist,kvmrc.dpkg-old,deploy~,.hidden}
    ONE_LOCATION=$ROOT/one run "$BUILDDIR/one_vmm_exec" --check
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"$ROOT/one/var/remotes/vmm/xen4: "* ]]
    chmod -x "$REMOTES/vmm/kvm/deploy"
    ONE_LOCATION=$ROOT/one run "$BUILDDIR/one_vmm_exec" --check
    [ "$status" -eq 1 ]
    [[ $output == *"$ROOT/one/var/remotes/vmm/kvm/deploy is not executable: chmod +x it"*"1 problem" ]]
}

@test "an edited configuration file stays, the new default lies beside it" {
    do_make install-remotes install-etc
    for file in "$REMOTES/vmm/kvm/kvmrc" "$REMOTES/etc/vmm/kvm/kvmrc" "$ETC/vmm_exec/vmm_exec_kvm.conf"; do
        echo "# mine" >"$file"
    done
    echo "# an earlier one" >>"$REMOTES/vmm/kvm/deploy"
    run do_make install-remotes install-etc
    [ "$status" -eq 0 ]
    for file in "$REMOTES/vmm/kvm/kvmrc" "$REMOTES/etc/vmm/kvm/kvmrc" "$ETC/vmm_exec/vmm_exec_kvm.conf"; do
        [ "$(cat "$file")" = "# mine" ]
        [[ $output == *"$file stays; the new default is $file.new"* ]]
    done
    cmp "$REMOTES/vmm/kvm/kvmrc.new" "$SRCDIR/remotes/vmm/kvm/kvmrc"
    # Scripts are replaced.
    cmp "$REMOTES/vmm/kvm/deploy" "$SRCDIR/remotes/vmm/kvm/deploy"
}

@test "OpenNebula's own scripts_common.sh and xpath.rb stay, earlier ones of ours do not" {
    mkdir -p "$REMOTES/datastore"
    echo "# theirs" | tee "$REMOTES/scripts_common.sh" >"$REMOTES/datastore/xpath.rb"
    run do_make install-remotes
    [[ $output == *"scripts_common.sh is not ours and stays"* ]]
    [ "$(cat "$REMOTES/scripts_common.sh")" = "# theirs" ]
    [ "$(cat "$REMOTES/datastore/xpath.rb")" = "# theirs" ]
    printf '# SPDX-License-Identifier: Apache-2.0\n# an earlier one\n' >"$REMOTES/scripts_common.sh"
    do_make install-remotes
    cmp "$REMOTES/scripts_common.sh" "$SRCDIR/remotes/scripts_common.sh"
}

@test "OpenNebula's own scripts for a hypervisor stay together, unless it is asked for" {
    mkdir -p "$REMOTES/vmm/kvm" "$REMOTES/etc/vmm/kvm"
    echo "# theirs" | tee "$REMOTES/vmm/kvm/deploy" >"$REMOTES/etc/vmm/kvm/kvmrc"
    run do_make install-remotes
    [[ $output == *"$REMOTES/vmm/kvm is OpenNebula's and stays"* ]]
    [ "$(cd "$REMOTES" && echo vmm/kvm/* etc/vmm/kvm/*)" = "vmm/kvm/deploy etc/vmm/kvm/kvmrc" ]
    [ "$(cat "$REMOTES/vmm/kvm/deploy")" = "# theirs" ]
    [ -x "$REMOTES/vmm/example/deploy" ]
    do_make uninstall-remotes
    [ "$(cat "$REMOTES/vmm/kvm/deploy")" = "# theirs" ]
    REPLACE_SCRIPTS=yes do_make install-remotes
    cmp "$REMOTES/vmm/kvm/deploy" "$SRCDIR/remotes/vmm/kvm/deploy"
    [ "$(cat "$REMOTES/etc/vmm/kvm/kvmrc")" = "# theirs" ]
    [ -x "$REMOTES/vmm/kvm/migrate" ]
}

@test "uninstall leaves what the administrator changed, and OpenNebula's, and nothing else" {
    do_make install-remotes install-etc
    echo "# mine" >"$REMOTES/vmm/kvm/kvmrc"
    echo "# theirs" >"$REMOTES/scripts_common.sh"
    do_make install-remotes
    do_make uninstall-remotes uninstall-etc
    [ "$(cd "$REMOTES" && find . -type f | sort | xargs)" = "./scripts_common.sh ./vmm/kvm/kvmrc" ]
    [ -z "$(find "$ETC" -type f)" ]
}

@test "xpath.rb works where the remotes were copied to, and says so where the helper is missing" {
    [ -x "$BUILDDIR/xpath" ] || skip "the xpath helper is not built"
    do_make install-remotes
    bin=$REMOTES/bin/$(uname -m)
    mkdir -p "$bin"
    cp "$BUILDDIR/xpath" "$bin/"
    mv "$REMOTES" "$ROOT/copied here"
    run bash -c '"$1" /a/b <<<"<a><b>x y</b></a>" | tr "\0" "|"' - "$ROOT/copied here/datastore/xpath.rb"
    [[ $output == "x y|"* ]]
    rm -r "$ROOT/copied here/bin"
    PATH=/usr/bin:/bin run "$ROOT/copied here/datastore/xpath.rb" /a </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"no helper \"xpath\""*"one-vmm-xpath"* ]]
}

@test "the helper that is installed on the host is found in PATH" {
    do_make install-remotes
    mkdir "$ROOT/path"
    printf '#!/bin/sh\necho "called with $*"\n' >"$ROOT/path/one-vmm-xpath"
    chmod +x "$ROOT/path/one-vmm-xpath"
    rm -rf "${REMOTES:?}/bin"
    PATH=$ROOT/path:$PATH run "$REMOTES/datastore/xpath.rb" -s /a
    [ "$output" = "called with -s /a" ]
}

@test "the example driver lives through a VM's life" {
    do_make install-remotes
    export EXAMPLE_DIR=$ROOT/domains
    example() { "$REMOTES/vmm/example/$1" "${@:2}" 5 host01; }
    [ "$(example deploy "$ROOT/vms/5/deployment.0" host01 <<<'<x/>')" = one-5 ]
    [ "$(cat "$ROOT/vms/5/deployment.0")" = '<x/>' ]
    [[ $(example poll one-5 host01) == "STATE=a "* ]]
    example reboot one-5 host01
    example save one-5 "$ROOT/checkpoint" host01
    [ "$(example poll one-5 host01)" = STATE=d ]
    example restore "$ROOT/checkpoint" host01 one-5
    run example migrate one-5 host02 host01
    [ "$status" -eq 1 ]
    [[ $output == *"The example driver knows no migrate"* ]]
    run example cancel ../x host01
    [ "$status" -eq 1 ]
    example shutdown one-5 host01
    [ "$(example poll one-5 host01)" = STATE=d ]
    example cancel one-5 host01
}

@test "the manual has each variable of kvmrc, and the tests that it names exist" {
    page=$SRCDIR/man/one-vmm-kvm.7
    for name in $(sed -nE 's/^#?(export )?([A-Z_]+)=.*/\2/p' "$SRCDIR/remotes/vmm/kvm/kvmrc"); do
        [ "$name" = LANG ] || grep -q "^$name	" "$page" || { echo "$name is missing"; false; }
    done
    number=0
    while IFS= read -r line; do
        file=${line%%:*} test=${line#*: }
        grep -qxF "@test $test {" "$SRCDIR/tests/remotes/$file.bats" || { echo "no test $line"; false; }
        number=$((number + 1))
    done < <(grep -E '^[a-z]+: "' "$page")
    [ "$number" -ge 12 ]
}
