# man
dist_man_MANS += man/one-vmm-kvm.7
dist_man_MANS += man/one-vmm-xpath.1
