# The other names of the driver in the documentation of OpenNebula.
dist_mads_SCRIPTS = src/driver/one_vmm_sh src/driver/one_vmm_ssh
