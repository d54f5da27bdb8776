# SPDX-License-Identifier: Apache-2.0
#
# Joins the domains that list.awk prints with, after a line "--", the samples of "xentop -b":
#
#       NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) ...
#   Domain-0 -----r         38    0.0     819200   52.1   no limit       n/a     1    0        0 ...
#
# The list tells which domains there are and in what state; the last sample that has a domain tells
# what it uses.  Prints for each domain, divided by tabs: its monitoring string, VCPUs, memory in
# MB, name.  Domain 0 and domains on their way from or to another host are no VMs.
#
# xentop cuts names to ten characters unless told otherwise, and sorts its rows by the whole name:
# among several domains of one cut name the order tells.

BEGIN {
    CUT = 10
    STATE = "^[-d][-s][-b][-c][-p][-r]$"
}

$0 == "--" && !listed {
    listed = 1
    next
}

!listed {
    name = $0
    sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", name)
    if ($1 == 0 || name ~ /--(incoming|migratedaway)$/)
        next
    count++
    names[count] = name
    megabytes[count] = $2
    vcpus[count] = $3
    states[count] = $4
    next
}

# The heading of a sample: where the columns are, counted from the end.
$1 == "NAME" && $2 == "STATE" {
    for (i = 3; i <= NF; i++)
        from_end[$i] = NF - i
    sample++
    next
}

sample {
    at = 0
    for (i = 2; i <= NF; i++)
        if ($i ~ STATE)
            at = i
    domain = at ? find(at) : 0
    if (!domain)
        next
    seen[domain] = sample
    cpu[domain] = number($(at + 2))
    kilobytes[domain] = int(number($(at + 3)))
    received[domain] = column("NETRX(k)", 1024)
    sent[domain] = column("NETTX(k)", 1024)
    reads[domain] = column("VBD_RD", 1)
    writes[domain] = column("VBD_WR", 1)
    read_bytes[domain] = column("VBD_RSECT", 512)
    written_bytes[domain] = column("VBD_WSECT", 512)
}

END {
    for (i = 1; i <= count; i++) {
        print figures(i) "\t" vcpus[i] "\t" megabytes[i] "\t" names[i]
    }
}

# The domain that a row shows: of those not yet seen in this sample whose name, as xentop prints it,
# stands before the state, the first by name.
function find(state_at,    shown, i, best) {
    shown = $0
    sub(/^ +/, "", shown)
    shown = before(shown, $state_at)
    for (i = 1; i <= count; i++)
        if (seen[i] != sample && (names[i] == shown || is_cut(shown, names[i])))
            if (!best || names[i] "" < names[best] "")
                best = i
    return best + 0
}

function is_cut(shown, name) {
    return length(shown) == CUT && substr(name, 1, CUT) == shown
}

# What stands before the last " STATE " in the row.
function before(row, state,    i, place) {
    for (i = index(row, " " state " "); i; i = index(substr(row, place + 1), " " state " "))
        place += i
    row = substr(row, 1, place - 1)
    sub(/ +$/, "", row)
    return row
}

# A number as everybody writes it, or 0.
function number(text) {
    sub(/,/, ".", text)
    return text ~ /^[0-9]+(\.[0-9]+)?$/ ? text : 0
}

# The figure in a column, or "" when xentop has none.
function column(name, unit,    text) {
    if (!(name in from_end))
        return ""
    text = $(NF - from_end[name])
    return text ~ /^[0-9]+$/ ? sprintf("%.0f", text * unit) : ""
}

function figures(i,    text) {
    text = "STATE=" state_letter(states[i], vcpus[i])
    if (!seen[i])
        return text sprintf(" CPU=0.0 MEMORY=%.0f", megabytes[i] * 1024)
    text = text " CPU=" cpu[i] " MEMORY=" sprintf("%.0f", kilobytes[i])
    return text pair("NETRX", received[i]) pair("NETTX", sent[i]) \
        pair("DISKRDBYTES", read_bytes[i]) pair("DISKWRBYTES", written_bytes[i]) \
        pair("DISKRDIOPS", reads[i]) pair("DISKWRIOPS", writes[i])
}

function pair(name, value) {
    return value == "" ? "" : " " name "=" value
}

# running, blocked, shutting down and dying are alive, as is one that waits for a processor. One that
# is being made is paused and has no processors yet.
function state_letter(state, processors) {
    if (state ~ /c/)
        return "e"
    if (state ~ /p/ && processors > 0)
        return "p"
    return "a"
}
