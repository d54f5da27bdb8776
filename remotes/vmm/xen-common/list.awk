# SPDX-License-Identifier: Apache-2.0
#
# Reads what "xl list" or "xm list" prints:
#
#   Name                                        ID   Mem VCPUs	State	Time(s)
#   Domain-0                                     0   800     1     r-----      21.7
#
# Names may hold blanks, therefore a row is taken from its end.  A domain without a number or a
# state, which xm lists too, does not run.
#
# With WANTED in the environment: exit status 0 when a domain has that name, 1 when none has.
# Without: "ID MEMORY_MB VCPUS STATE NAME" for each domain.

BEGIN {
    query = "WANTED" in ENVIRON
    wanted = ENVIRON["WANTED"]
}

NF >= 6 && $NF ~ /^[0-9.,]+$/ && $(NF - 1) ~ /^[-a-zA-Z]+$/ && $(NF - 4) ~ /^[0-9]+$/ {
    name = $0
    sub(/[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[0-9]+[ \t]+[-a-zA-Z]+[ \t]+[0-9.,]+[ \t]*$/, "", name)
    if (!query)
        print $(NF - 4), $(NF - 3), $(NF - 2), $(NF - 1), name
    else if (name == wanted)
        found = 1
}

END {
    if (query)
        exit !found
}
