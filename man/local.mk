# man
dist_man_MANS += man/one-vmm-kvm.7
