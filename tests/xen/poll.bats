#!/usr/bin/env bats
# poll: xentop and list output of Xen 3 and 4.

load helper

poll() { run "$S/poll" "$@" host01 1 host01; }

FIGURES='CPU=1.5 MEMORY=98304 NETRX=10240 NETTX=20480 DISKRDBYTES=24576 DISKWRBYTES=16384 DISKRDIOPS=6 DISKWRIOPS=4'

# tool VARIABLE FILE: the tool behind a variable of xenrc prints this file from now on.
tool() { settings "$1='cat $2'"; }
sample() { cat > "$HOST_DIR/$1"; tool "$2" "$HOST_DIR/$1"; }

one_domain() {
    domain one-1
    domain one-10
    poll one-1
    ok "STATE=a $FIGURES"
    poll one-10
    ok "STATE=a $FIGURES"
    poll one-
    ok 'STATE=d CPU=0.0 MEMORY=0'
    poll Domain-0
    ok 'STATE=d CPU=0.0 MEMORY=0'
}
@test "one domain, from the second sample; one that is not there has disappeared" { each one_domain; }

states() {
    local pair
    for pair in r-----:a -b----:a ---s--:a -----d:a --p---:p -bp---:p ---sc-:e ----c-:e ------:a ---ss-:a; do
        sample list XM_LIST <<LIST
Name                                        ID   Mem VCPUs      State   Time(s)
one-1                                        1    96     1     ${pair%:*}      10.2
LIST
        poll one-1
        [[ $status -eq 0 && $output == "STATE=${pair#*:} "* ]] || { echo "$pair: $output"; return 1; }
    done
}
being_made() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs	State	Time(s)
one-1                                        3     0     0     --p---       0.0
LIST
    poll one-1
    ok 'STATE=a CPU=0.0 MEMORY=0'
}
@test "a domain that is being made is not paused" { each being_made; }

@test "states: alive, paused, crashed" { each states; }

all_domains() {
    domain one-1
    domain 'my "web" \ [1], a=b #2'
    domain one-07
    run "$S/poll" -t
    [ "$status" -eq 0 ]
    expected='VM_POLL=YES
VM=[
  ID=1,
  DEPLOY_ID=one-1,
  POLL="STATE=a '$FIGURES'" ]
VM=[
  ID=-1,
  DEPLOY_ID="my \"web\" \\ [1], a=b #2",
  VM_NAME="my \"web\" \\ [1], a=b #2",
  IMPORT_TEMPLATE="*",
  POLL="STATE=a '$FIGURES'" ]
VM=[
  ID=-1,
  DEPLOY_ID=one-07,
  VM_NAME="one-07",
  IMPORT_TEMPLATE="*",
  POLL="STATE=a '$FIGURES'" ]'
    diff <(sed 's/\(IMPORT_TEMPLATE=\)"[A-Za-z0-9+/=]*"/\1"*"/' <<<"$output") - <<<"$expected"
    template=$(sed -n '/VM_NAME="my/,/POLL/s/.*IMPORT_TEMPLATE="\(.*\)".*/\1/p' <<<"$output" | base64 -d)
    diff - <<<"$template" <(printf '%s\n' 'NAME="my \"web\" \\ [1], a=b #2"' CPU=1 VCPU=1 MEMORY=96 \
        'HYPERVISOR="xen"' 'IMPORT_VM_ID="my \"web\" \\ [1], a=b #2"')
}
@test "all domains, with wild ones and odd names" { each all_domains; }

no_domains() {
    run "$S/poll" -t
    ok VM_POLL=YES
}
@test "no domains at all" { each no_domains; }

moving() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs	State	Time(s)
Domain-0                                     0   800     1     r-----      10.2
one-1--incoming                              1    96     1     --p---       0.0
one-2--migratedaway                          2    96     1     ---ss-       9.0
one-3                                        3    96     1     -b----       9.0
one-4                                             128     1                 0.0
LIST
    run "$S/poll" -t
    [ "$(grep -c DEPLOY_ID= <<<"$output")" = 1 ]
    [[ $output == *DEPLOY_ID=one-3,* ]]
}
@test "domains on their way to another host or not running are no VMs" { each moving; }

xen3_samples() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs      State   Time(s)
Domain-0                                     0  3907     2     r-----   1234.5
one-7                                        3   256     1     -b----     12.3
LIST
    sample top XM_POLL <<'TOP'
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR SSID
  Domain-0 -----r       1234    0.0    4000768   95.5   no limit       n/a     2    4        0        0    0        0        0        0    0
     one-7 --b---         12    0.0     262016    6.3     262144       6.3     1    1      100      200    1        0       11       22    0
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR SSID
  Domain-0 -----r       1234    3.1    4000768   95.5   no limit       n/a     2    4        0        0    0        0        0        0    0
     one-7 --b---         12   17.4     262016    6.3   no limit       n/a     1    1      101      202    1        0       33       44    0
TOP
    poll one-7
    ok 'STATE=a CPU=17.4 MEMORY=262016 NETRX=206848 NETTX=103424 DISKRDIOPS=33 DISKWRIOPS=44'
}
@test "the columns of Xen 3: no sectors, memory without a limit" { each xen3_samples; }

no_figures() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs	State	Time(s)
one-7                                        3   256     1     -b----     12.3
one-8                                        4   128     1     -b----     12.3
LIST
    sample top XM_POLL <<'TOP'
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID
     one-7 --b---         12    1,8     262016    6,3     262144       6,3     1    1      100      200    1        -        -        -          -          -    0
TOP
    poll one-7
    ok 'STATE=a CPU=1.8 MEMORY=262016 NETRX=204800 NETTX=102400'
    poll one-8
    ok 'STATE=a CPU=0.0 MEMORY=131072'
}
@test "figures that xentop lacks are left out; a comma is no decimal point" { each no_figures; }

coming_and_going() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs	State	Time(s)
one-2                                        2   256     1     -b----     12.3
one-3                                        3   256     1     -b----      0.3
LIST
    sample top XM_POLL <<'TOP'
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID
     one-1 --b---         12    0.0     262016    6.3     262144       6.3     1    0        1        1    0        0        0        0          0          0    0
     one-2 --b---         12    0.0     262016    6.3     262144       6.3     1    0        2        2    0        0        0        0          0          0    0
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID
     one-3 --b---          0    4.0     262016    6.3     262144       6.3     1    0        3        3    0        0        0        0          0          0    0
TOP
    poll one-1
    ok 'STATE=d CPU=0.0 MEMORY=0'
    poll one-2
    [[ $output == 'STATE=a CPU=0.0 MEMORY=262016 NETRX=2048 '* ]]
    poll one-3
    [[ $output == 'STATE=a CPU=4.0 MEMORY=262016 NETRX=3072 '* ]]
}
@test "a domain in one sample only: the list decides, its last figures count" { each coming_and_going; }

cut_names() {
    sample list XM_LIST <<'LIST'
Name                                        ID   Mem VCPUs	State	Time(s)
one-1234567                                  2   256     1     -b----     12.3
one-1234566                                  3   256     1     -b----     12.3
one-123456                                   4   256     1     -b----     12.3
web --b--- x                                 5   256     1     -b----     12.3
LIST
    # By name, as the real xentop sorts.
    sample top XM_POLL <<'TOP'
      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID
one-123456 --b---         12    1.0     262016    6.3     262144       6.3     1    0        1        1    0        0        0        0          0          0    0
one-123456 --b---         12    2.0     262016    6.3     262144       6.3     1    0        1        1    0        0        0        0          0          0    0
one-123456 --b---         12    3.0     262016    6.3     262144       6.3     1    0        1        1    0        0        0        0          0          0    0
web --b--- --b---         12    4.0     262016    6.3     262144       6.3     1    0        1        1    0        0        0        0          0          0    0
TOP
    poll one-123456
    [[ $output == 'STATE=a CPU=1.0 '* ]]
    poll one-1234566
    [[ $output == 'STATE=a CPU=2.0 '* ]]
    poll one-1234567
    [[ $output == 'STATE=a CPU=3.0 '* ]]
    poll 'web --b--- x'
    [[ $output == 'STATE=a CPU=4.0 '* ]]
}
@test "names that xentop cuts, or that look like a state" { each cut_names; }

long_names() {
    settings 'XM_POLL="$XM_POLL -bfi2"'
    sed -i 's/-bi2 -bfi2/-bfi2/; s/ -bi2/ -bfi2/' "$S/xenrc"
    domain 'a long name with blanks'
    domain 'a long name'
    poll 'a long name'
    ok "STATE=a $FIGURES"
}
@test "whole names from xentop -f" { each long_names; }

tools_fail() {
    domain one-1
    refuse xentop 'no xenstat'
    poll one-1
    [ "$status" -eq 0 ]
    [[ $output == *'ERROR: poll: No figures from'*'no xenstat'*'STATE=a CPU=0.0 MEMORY=98304' ]]
    refuse list 'the daemon is down'
    poll one-1
    fails_with 'Could not list the domains with'
    [[ $output != *STATE=* ]]
    run "$S/poll"
    fails_with usage
}
@test "without xentop there are no figures, without the list there is no state" { each tools_fail; }

foreign_locale() {
    domain one-1
    for locale in de_DE.UTF-8 tr_TR.UTF-8 ''; do
        # bash complains about a locale that is not installed
        output=$(LC_ALL=$locale LC_NUMERIC=de_DE.UTF-8 LANG=de_DE.UTF-8 "$S/poll" one-1 host01 2> /dev/null)
        [ "$output" = "STATE=a $FIGURES" ]
    done
}
@test "any locale" { each foreign_locale; }

other_awks() {
    local awk
    domain one-1
    domain 'a b'
    run "$S/poll" -t
    expected=$output
    for awk in mawk gawk 'busybox awk' original-awk; do
        command -v "${awk%% *}" > /dev/null || continue
        AWK=$awk run "$S/poll" -t
        ok "$expected"
    done
}
@test "any awk that is here" { each other_awks; }
