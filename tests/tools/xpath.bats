#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# xpath as action scripts call it: see one-vmm-xpath(1).
bats_require_minimum_version 1.5.0

XML='<R><A>x &amp; y</A><B>1</B><B>2</B><C><D/></C></R>'

setup() {
  unset ONE_LOCATION ONE_VMM_REMOTES
  export ONE_VMM_RELEASE=5.2.1
  BASE64=$(printf '%s' "$XML" | base64 -w 0)
}

# NULs do not survive in shell variables: show them as '|', a newline as '$'.
xpath() {
  "$BUILDDIR/xpath" "$@" | tr '\0\n' '|$'
  return "${PIPESTATUS[0]}"
}

@test "xpath: values from standard input, each with a NUL" {
  run xpath A B C E <<<"$XML"
  [ "$status" -eq 0 ]
  [ "$output" = 'x & y|1|||$' ]
}

@test "xpath: values from an argument, options before, between and after the paths" {
  for args in "-b $BASE64 A B" "A -b $BASE64 B" "A B --base64=$BASE64" "-s A B --base64 $BASE64"; do
    # shellcheck disable=SC2086 # words on purpose
    run xpath $args </dev/null
    [ "$status" -eq 0 ]
    [ "$output" = 'x & y|1|$' ]
  done
}

@test "xpath: of --stdin and --base64 the last one counts" {
  run xpath -b "$BASE64" A --stdin <<<'<R><A>stdin</A></R>'
  [ "$output" = 'stdin|$' ]
  run xpath -s A -b "$BASE64" <<<'<R><A>stdin</A></R>'
  [ "$output" = 'x & y|$' ]
}

@test "xpath: wrapped and unpadded base64" {
  run xpath -b "$(printf '%s' "$XML" | base64 -w 7 | tr -d =)" B
  [ "$output" = '1|$' ]
}

@test "xpath: a subtree, and lists" {
  run xpath -t C <<<"$XML"
  [ "$output" = '<C><D/></C>|$' ]
  run xpath %m%B %m%/R/A <<<"$XML"
  [ "$output" = '1 2|x & y|$' ]
}

@test "xpath: up to 7.0.0 a newline and status 0, later neither" {
  ONE_VMM_RELEASE=7.0.0 run xpath E B F <<<"$XML"
  [ "$status" -eq 0 ]
  [ "$output" = '|1||$' ]
  ONE_VMM_RELEASE=7.0.1 run xpath E B F <<<"$XML"
  [ "$status" -eq 2 ]
  [ "$output" = '|1||' ]
  run xpath --release 7.4.0 E B <<<"$XML"
  [ "$status" -eq 1 ]
  [ "$output" = '|1|' ]
}

@test "xpath: the release is that of the remotes it lies in" {
  root=$BATS_TEST_TMPDIR/remotes
  mkdir -p "$root/bin/any"
  cp "$BUILDDIR/xpath" "$root/bin/any/"
  unset ONE_VMM_RELEASE
  echo 7.2.1 >"$root/VERSION"
  run "$root/bin/any/xpath" NONE <<<"$XML"
  [ "$status" -eq 1 ]
  echo 5.4.0 >"$root/VERSION"
  run "$root/bin/any/xpath" NONE <<<"$XML"
  [ "$status" -eq 0 ]
}

@test "xpath: what is no document gives status 1 and no output" {
  for text in '' 'text' '<A>' '<A/><B/>'; do
    run --separate-stderr xpath A <<<"$text"
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    # shellcheck disable=SC2154 # set by run
    [[ "$stderr" == "xpath: not an XML document: "* ]]
  done
  run --separate-stderr xpath A -b '????'
  [ "$status" -eq 1 ]
  [ -z "$output" ]
}

@test "xpath: a path that is none gives status 1 and no output" {
  run --separate-stderr xpath A 'B[' <<<"$XML"
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [ "$stderr" = "xpath: not an XPath: 'B['" ]
}

@test "xpath: unknown options give status 255" {
  run xpath --no-such-option
  [ "$status" -eq 255 ]
  run xpath -b
  [ "$status" -eq 255 ]
}

@test "xpath: the loop that scripts read it with" {
  unset i
  while IFS= read -r -d '' element; do
    elements[i++]=$element
  done < <("$BUILDDIR/xpath" -b "$BASE64" A E %m%B)
  [ "${#elements[@]}" -eq 3 ]
  [ "${elements[0]}" = 'x & y' ]
  [ -z "${elements[1]}" ]
  [ "${elements[2]}" = '1 2' ]
}

@test "xpath: --help and --version" {
  run xpath --help
  [ "$status" -eq 0 ]
  [[ "$output" == Usage:* ]]
  run xpath --version
  [ "$status" -eq 0 ]
  [[ "$output" == "xpath (one-vmm) "* ]]
}
