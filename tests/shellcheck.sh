#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every script of the tree passes shellcheck: what says so in its first line, and what is sourced
# and names its shell in a directive. Tests in bats are excused from matters of style, which bats
# has its own mind about ("!" at the start of a line never fails a test).

cd -- "${SRCDIR:-$(dirname -- "$0")/..}" || exit 1

if ! command -v shellcheck >/dev/null; then
    echo '1..0 # SKIP shellcheck is missing; install the package shellcheck'
    exit 0
fi

is_script() {
    head -n 5 -- "$1" 2>/dev/null | tr -d '\0' |
        grep -q -E -e '^#!.*[/ ](ba|da)?sh( |$)' -e '^#!.*[/ ]bats$' -e '^# shellcheck shell='
}

# Without git, as in a release, everything is the project's but for what configure and make bring.
list_files() {
    if [ -e .git ] && git ls-files 2>/dev/null; then
        return
    fi
    find . \( -name '.?*' -o -name 'build*' -o -name '_build' -o -name '_inst' -o \
        -name autom4te.cache -o -name m4 \) -prune -o \
        -type f ! -name 'configure*' -printf '%P\n'
}

number=0
while IFS= read -r file; do
    is_script "$file" || continue
    number=$((number + 1))
    severity=style
    [[ $file != *.bats ]] || severity=warning
    if findings=$(shellcheck -S "$severity" -x -P SCRIPTDIR -- "$file"); then
        echo "ok $number - $file"
    else
        echo "not ok $number - $file"
        printf '%s\n' "$findings" | sed 's/^/# /'
    fi
done < <(list_files | sort)
echo "1..$number"
[ "$number" -gt 0 ]
