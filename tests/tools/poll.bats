#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# poll against a real libvirtd and real qemu domains: see one-vmm-poll(1).
bats_require_minimum_version 1.5.0

load ../lab/helper.bash

setup_file() {
  lab check 2>/dev/null || return 0
  DIR=$(lab_dir)
  export DIR
  lab local "$DIR"
  eval "$(lab env "$DIR")"
  export LIBVIRT_URI=$LIBVIRT_DEFAULT_URI
  # Private, also when this user is not the laboratory's.
  export XDG_CACHE_HOME=$DIR/polls
  mkdir "$DIR/polls"
  lab mkdir "$DIR" ds/7/disk.0.snap ds/web
  lab guest "$DIR/ds/7/disk.0"
  lab guest "$DIR/ds/web/root.img"
  lab domain one-7 "$DIR/ds/7/disk.0" --nic user >"$DIR/one-7.xml"
  lab domain web "$DIR/ds/web/root.img" --memory 20 >"$DIR/web.xml"
  spinner "$DIR/ds/web/root.img"
}

teardown_file() {
  [ -z "${DIR-}" ] || { lab down "$DIR" && rm -rf "$DIR"; }
}

setup() {
  require_lab
  virsh -q create "$DIR/one-7.xml"
}

teardown() {
  local name

  resume_all
  for name in one-7 web; do
    virsh -q destroy "$name" >/dev/null 2>&1 || :
  done
}

# A boot sector that does nothing but jump to itself: a whole processor's load.
spinner() {
  local raw=$1.raw

  printf '\353\376' >"$raw"
  truncate -s 510 "$raw"
  printf '\125\252' >>"$raw"
  truncate -s 1M "$raw"
  qemu-img convert -q -f raw -O qcow2 "$raw" "$1"
  rm "$raw"
  chmod a+rw "$1"
}

poll() {
  "$BUILDDIR/poll" "$@"
}

grammar() {
  "$BUILDDIR/tests/tools/monitor-check"
}

# value NAME: out of a monitoring string on standard input.
value() {
  tr ' ' '\n' | sed -n "s/^$1=//p"
}

stat_of() {
  virsh domstats "$1" | sed -n "s/^ *$2=//p"
}

pid_of() {
  cat "$DIR/host01/run/libvirt/$1.pid"
}

stop_process() {
  echo "$1" >>"$DIR/stopped"
  kill -STOP "$1"
}

resume_all() {
  local pid

  [ -e "$DIR/stopped" ] || return 0
  while read -r pid; do
    kill -CONT "$pid" || :
  done <"$DIR/stopped"
  rm "$DIR/stopped"
}

# near A B TOLERANCE
near() {
  awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d <= t && d >= -t) }' ||
    { echo "$1 is not within $3 of $2" >&2; return 1; }
}

has_read() {
  [ "$(stat_of one-7 block.0.rd.reqs)" -gt 0 ]
}

@test "poll: one line with every attribute, as oned reads it" {
  eventually has_read
  run --separate-stderr poll one-7 host01
  [ "$status" -eq 0 ]
  # shellcheck disable=SC2154 # set by run
  [ -z "$stderr" ]
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == "STATE=a CPU="* ]]
  for name in MEMORY NETRX NETTX DISKRDBYTES DISKWRBYTES DISKRDIOPS DISKWRIOPS; do
    [[ "$(value "$name" <<<"$output")" =~ ^[0-9]+$ ]]
  done
  [[ "$output" == *" DISK_SIZE=[ID=0,SIZE=1]" ]]
  grammar <<<"$output"
}

@test "poll: the figures are those of virsh and of /proc" {
  local line rss

  eventually has_read
  line=$(poll one-7 host01)
  [ "$(value DISKRDBYTES <<<"$line")" -eq "$(stat_of one-7 block.0.rd.bytes)" ]
  [ "$(value DISKRDIOPS <<<"$line")" -eq "$(stat_of one-7 block.0.rd.reqs)" ]
  [ "$(value DISKWRBYTES <<<"$line")" -eq "$(stat_of one-7 block.0.wr.bytes)" ]
  [ "$(value DISKWRIOPS <<<"$line")" -eq "$(stat_of one-7 block.0.wr.reqs)" ]
  rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of qemu/run/one-7)/status")
  near "$(value MEMORY <<<"$line")" "$rss" 4096
}

# Ticks of the process, and hundredths of a second since boot.
ticks() {
  local -a field

  read -ra field <<<"$(sed 's/.*) //' "/proc/$1/stat")"
  echo $((field[11] + field[12]))
}

now() {
  sed 's/\.\([0-9]*\) .*/\1/' /proc/uptime
}

@test "poll: the load is that of the process, counted since the poll before" {
  local pid ticks time load hz

  virsh -q create "$DIR/web.xml"
  pid=$(pid_of qemu/run/web)
  poll web >/dev/null
  ticks=$(ticks "$pid") time=$(now)
  sleep 2
  load=$(poll web | value CPU)
  hz=$(getconf CLK_TCK)
  ticks=$((($(ticks "$pid") - ticks) * 10000 / hz)) time=$(($(now) - time))
  near "$load" "$(awk -v t="$ticks" -v s="$time" 'BEGIN { print t / s }')" 20
  near "$load" 60 59
}

@test "poll: without a poll before, the load is counted over a second" {
  rm -rf "$XDG_CACHE_HOME"/one-vmm
  virsh -q create "$DIR/web.xml"
  near "$(poll web | value CPU)" 60 59
}

@test "poll: a stored sample counts, one of an earlier run of the domain does not" {
  local file id uuid used now load

  rm -rf "$XDG_CACHE_HOME"/one-vmm
  poll one-7 >/dev/null
  file=$(echo "$XDG_CACHE_HOME"/one-vmm/poll-*/samples)
  read -r uuid id _ <<<"$(tail -n 1 "$file")"
  now=$(($(now) * 10000))
  used=$(stat_of one-7 cpu.time)
  sed -i "2s/.*/$uuid $id 0 $((now - 2000000))/" "$file"
  load=$(poll one-7 | value CPU)
  # That many nanoseconds in two seconds, or somewhat more when this machine is slow.
  [ "$used" -gt 100000000 ]
  near "$load" "$(awk -v u="$used" 'BEGIN { print u / 2e7 }')" "$((used / 40000000))"

  sed -i "2s/.*/$uuid $((id + 1)) 0 $((now - 1200000))/" "$file"
  [[ "$(poll one-7 | value CPU)" =~ ^[0-9]+\.[0-9]$ ]]
  [ "$(sed -n '2s/^[^ ]* \([0-9]*\) .*/\1/p' "$file")" -eq "$id" ]
}

@test "poll -t: all domains, wild ones with a template to import" {
  local uuid template

  virsh -q create "$DIR/web.xml"
  uuid=$(virsh domuuid web | head -n 1)
  run --separate-stderr poll -t host01
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "${lines[0]}" = VM_POLL=YES ]
  [ "$(grep -c '^VM=\[$' <<<"$output")" -eq 2 ]
  sed -n 's/^  POLL="\(.*\)" \]$/\1/p' <<<"$output" | grammar
  [ "$(grep -A 3 '^VM=\[$' <<<"$output" | grep -A 1 'ID=7,$')" = '  ID=7,
  DEPLOY_ID=one-7,' ]
  [[ "$output" == *"  ID=-1,
  DEPLOY_ID=$uuid,
  VM_NAME=\"web\",
  IMPORT_TEMPLATE=\""* ]]
  template=$(sed -n 's/^  IMPORT_TEMPLATE="\(.*\)",$/\1/p' <<<"$output" | base64 -d)
  [ "$template" = "NAME=\"web\"
CPU=1
VCPU=1
MEMORY=20
HYPERVISOR=\"kvm\"
IMPORT_VM_ID=\"$uuid\"
OS=[ARCH=\"x86_64\"]
FEATURES=[ACPI=\"yes\"]" ]
}

@test "poll: a domain by its UUID" {
  run poll "$(virsh domuuid one-7 | head -n 1)" host01
  [[ "$output" == "STATE=a "* ]]
}

@test "poll: the states that a domain goes through" {
  virsh -q suspend one-7
  [[ "$(poll one-7)" == "STATE=p "* ]]
  virsh -q resume one-7
  [[ "$(poll one-7)" == "STATE=a "* ]]
  virsh -q destroy one-7
  run poll one-7 host01
  [ "$status" -eq 0 ]
  [[ "$output" == "STATE=d "* ]]
  grammar <<<"$output"
  [ "$(poll -t)" = VM_POLL=YES ]
}

@test "poll: sizes of disk and snapshots" {
  local snaps=$DIR/ds/7/disk.0.snap line

  head -c 3000000 /dev/zero | tr '\0' x >"$snaps/0"
  head -c 100 /dev/zero >"$snaps/1"
  line=$(poll one-7)
  rm "$snaps"/*
  [ "${line#* DISK_SIZE=}" = "[ID=0,SIZE=1] SNAPSHOT_SIZE=[ID=0,DISK_ID=0,SIZE=3] \
SNAPSHOT_SIZE=[ID=1,DISK_ID=0,SIZE=1]" ]
  grammar <<<"$line"
}

@test "poll: a domain that has stopped answering does not hold up the others" {
  virsh -q create "$DIR/web.xml"
  eventually has_read
  stop_process "$(pid_of qemu/run/web)"
  run poll -w 20 -t
  [ "$status" -eq 0 ]
  [ "$(grep -c '^  POLL="STATE=a CPU=.* MEMORY=' <<<"$output")" -eq 2 ]
  [ "$(grep -c 'DISKRDBYTES=' <<<"$output")" -eq 1 ]
  sed -n 's/^  POLL="\(.*\)" \]$/\1/p' <<<"$output" | grammar
  run poll -w 20 web
  [[ "$output" == "STATE=a "* ]]
}

@test "poll: a domain that is being saved is active and holds nobody up" {
  local hole=$DIR/ds/hole ends save drain

  # Open at both ends, but nobody takes anything out: the save starts and cannot go on.
  mkfifo "$hole"
  chmod a+rw "$hole"
  exec {ends}<>"$hole"
  virsh -q create "$DIR/web.xml"
  timeout 60 virsh save web "$hole" >"$DIR/save.out" 2>&1 3>&- {ends}>&- &
  save=$!
  is_saving() { [ "$(virsh domstate --reason web | head -n 1)" = 'paused (saving)' ]; }
  eventually is_saving

  run poll -w 20 -t
  [ "$status" -eq 0 ]
  [ "$(grep -c '^  POLL="STATE=a CPU=' <<<"$output")" -eq 2 ]
  run poll -w 20 web
  [[ "$output" == "STATE=a CPU="* ]]
  is_saving

  cat <&"$ends" >/dev/null 3>&- &
  drain=$!
  wait "$save"
  kill "$drain"
  exec {ends}>&-
  rm "$hole"
  [[ "$(poll web)" == "STATE=d "* ]]
}

@test "poll: without libvirt the state is unknown, never gone" {
  run --separate-stderr poll -u "qemu+unix:///session?socket=$DIR/none" one-7
  [ "$status" -eq 0 ]
  [ "$output" = "STATE=- " ]
  [[ "$stderr" == "ERROR: poll: cannot connect to libvirt at "* ]]
  run --separate-stderr poll -u "qemu+unix:///session?socket=$DIR/none" -t
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [[ "$stderr" == "ERROR: poll: cannot connect to libvirt at "* ]]
}

@test "poll: a libvirtd that has stopped answering is given up" {
  stop_process "$(pid_of libvirtd)"
  run --separate-stderr poll -w 1 one-7 host01
  [ "$status" -eq 0 ]
  [ "$output" = "STATE=- " ]
  [ "$stderr" = "ERROR: poll: libvirt did not answer in time" ]
  VIRSH_TIMEOUT=1 run --separate-stderr poll -t
  [ "$status" -eq 1 ]
  [ -z "$output" ]
}

@test "poll: options that make no sense" {
  for args in '' '--nix' '-w 0 one-7' '-w x one-7' '-u'; do
    # shellcheck disable=SC2086 # words on purpose
    run --separate-stderr poll $args
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [ -n "$stderr" ]
  done
  run poll --help
  [ "$status" -eq 0 ]
  [[ "$output" == Usage:* ]]
  run poll --version
  [[ "$output" == "poll (one-vmm) "* ]]
}
