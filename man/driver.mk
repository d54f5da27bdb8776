dist_man_MANS += \
	man/one_vmm_exec.8 man/one_vmm_sh.8 man/one_vmm_ssh.8 \
	man/one_vmm_status.1 man/one_vmm_try.1 \
	man/one-vmm-protocol.7 man/one-vmm-scripts.7 man/vmm_execrc.5
