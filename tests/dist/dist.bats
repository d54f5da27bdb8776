#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The release: it is complete, builds from a tree that can't be written, passes, installs and goes.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"

# Not as a part of the make that runs the tests.
do_make() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$BUILDDIR" -j "$(nproc)" "$@" 3>&-
}

# All programs of the tests are compiled; those run that need no laboratory and no minutes.
@test "make distcheck" {
    # shellcheck disable=SC2016 # expanded by make
    run do_make distcheck \
        TESTS='$(filter tests/unit/%,$(check_PROGRAMS)) tests/man/man.bats tests/shellcheck.sh'
    [ "$status" -eq 0 ] || grep -E -e '\*\*\*' -e '^(FAIL|ERROR)' -e error -A 5 <<<"$output" | head -n 60
    [ "$status" -eq 0 ]
    [[ $output == *"PASS: tests/unit/test-quote "* ]]
    [[ $output == *"PASS: tests/shellcheck.sh "* ]]
}

@test "the release has every file of the project" {
    local files

    command -v git >/dev/null || skip "git is missing"
    [ -e "$SRCDIR/.git" ] || skip "this is no checkout of git"
    files=$(git -c safe.directory='*' -C "$SRCDIR" ls-files)
    [ -n "$files" ]
    # What only git reads is no part of it.
    run comm -23 <(sort <<<"$files" | grep -v -x .gitignore) \
        <(tar -tf "$BUILDDIR"/one-vmm-*.tar.xz | sed 's|^[^/]*/||' | sort)
    echo "missing: $output"
    [ -z "$output" ]
}
