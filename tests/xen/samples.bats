#!/usr/bin/env bats
# Whether the stand-in answers as the real xl and xentop of Xen 4.17 did: "make check-xen" compares
# the same samples with the real tools.

load helper

@test "the stand-in for xl and xentop prints and refuses what the real tools do" {
    mkdir "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/files"
    echo br0 > "$BATS_TEST_TMPDIR/state/bridges"
    env FAKE_XEN="$BATS_TEST_TMPDIR/state" PATH="$BATS_TEST_DIRNAME/fake:$PATH" \
        "$BATS_TEST_DIRNAME/replay" "$BATS_TEST_TMPDIR/files" < "$BATS_TEST_DIRNAME/samples/xl.commands" > "$BATS_TEST_TMPDIR/answers"
    diff "$BATS_TEST_DIRNAME/samples/xl-4.17.answers" "$BATS_TEST_TMPDIR/answers"
}
