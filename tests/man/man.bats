#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual pages are well-formed, and tell every option, setting and action that there is.

# The text of a page without markup, with plain hyphens.
page() {
    sed -e 's/\\-/-/g' -e 's/\\f[BIR]//g' -e 's/\\(dq/"/g' -- "$SRCDIR/man/$1"
}

# Whether the page has the word between other characters than those of words.
has_word() {
    page "$1" | grep -q -E -e "(^|[^A-Za-z0-9_-])$2([^A-Za-z0-9_-]|\$)"
}

@test "all pages pass mandoc's lint without a warning" {
    command -v mandoc >/dev/null || skip "mandoc is missing; install the package mandoc"
    local file bad=0
    for file in "$SRCDIR"/man/*.[1-8]; do
        ! head -n 1 "$file" | grep -q '^\.so ' || continue
        mandoc -T lint -W warning "$file" || bad=1
    done
    [ "$bad" -eq 0 ]
}

@test "a page that stands for another one names a page that is there" {
    local file target
    for file in "$SRCDIR"/man/*.[1-8]; do
        target=$(sed -n '1s/^\.so man[1-8]\///p' "$file")
        [ -z "$target" ] || [ -e "$SRCDIR/man/$target" ]
    done
}

@test "every option of every program is in its manual page" {
    local program file option missing=0 n=0
    for file in "$SRCDIR"/man/*.[18]; do
        program=$(basename -- "${file%.*}")
        [ -x "$BUILDDIR/$program" ] || continue
        n=$((n + 1))
        for option in $("$BUILDDIR/$program" --help | grep -o -E -e '(^|[ ,(])--?[a-z][a-z0-9-]*' | tr -d ' ,('); do
            has_word "$(basename -- "$file")" "$option" && continue
            echo "$program: $option is not in its page"
            missing=1
        done
    done
    [ "$n" -ge 3 ]
    [ "$missing" -eq 0 ]
}

@test "every setting that the driver reads is in vmm_execrc(5) and in the default file" {
    local name missing=0 n=0
    for name in $(sed -n 's/.*g_str_equal (name, "\([A-Z_]*\)").*/\1/p' "$SRCDIR/src/driver/config.c"); do
        n=$((n + 1))
        has_word vmm_execrc.5 "$name" && grep -q -E "^#?$name=" "$SRCDIR/etc/vmm_exec/vmm_execrc" && continue
        echo "$name is missing"
        missing=1
    done
    [ "$n" -ge 9 ]
    [ "$missing" -eq 0 ]
}

@test "the default file sets what the driver does without it" {
    local root
    root=$(mktemp -d /tmp/one-vmm-man.XXXXXX)
    mkdir -p "$root/etc/vmm_exec" "$root/var"
    echo SCRIPTS_REMOTE_DIR=/var/tmp/one >"$root/var/config"
    # All of it, the settings that are commented out too.
    sed -E 's/^#([A-Z_]+=)/\1/' "$SRCDIR/etc/vmm_exec/vmm_execrc" >"$root/etc/vmm_exec/vmm_execrc"
    run env ONE_LOCATION="$root" "$BUILDDIR/one_vmm_try" --plan kvm reboot --release 7.4
    rm -rf -- "$root"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output != *warning* ]]
}

@test "every action of the recipes is in one-vmm-protocol(7)" {
    local verb missing=0 n=0
    for verb in $("$BUILDDIR/one_vmm_try" kvm no-such-action 2>&1 | sed -n 's/.*there are//p'); do
        n=$((n + 1))
        page one-vmm-protocol.7 | grep -q -E "^$verb\|" && continue
        echo "$verb is missing"
        missing=1
    done
    [ "$n" -ge 25 ]
    [ "$missing" -eq 0 ]
}

@test "every script of the recipes is in one-vmm-scripts(7)" {
    local script missing=0 n=0
    for script in $(sed -n 's/.*VMM ("\([a-z_]*\)".*/\1/p' "$SRCDIR/src/driver/recipe.c" | sort -u); do
        n=$((n + 1))
        has_word one-vmm-scripts.7 "$script" && continue
        echo "$script is missing"
        missing=1
    done
    [ "$n" -ge 20 ]
    [ "$missing" -eq 0 ]
}
