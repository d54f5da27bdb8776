# man
dist_man_MANS += man/one-vmm-kvm.7
dist_man_MANS += man/one-vmm-xpath.1
dist_man_MANS += man/one-vmm-poll.1
include man/driver.mk
dist_man_MANS += man/one-vmm-xen.7
