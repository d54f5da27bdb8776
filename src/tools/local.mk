# src/tools
include src/tools/status.mk
# Programs for action scripts. Scripts find them in the remotes, where they travel to the hosts
# with the scripts, or installed on the host under their long names. Both are the same objects.
AM_CPPFLAGS += $(LIBVIRT_CFLAGS)

noinst_LIBRARIES += libtools.a
libtools_a_SOURCES = \
	src/tools/domstats.c   src/tools/domstats.h \
	src/tools/hypervisor.c src/tools/hypervisor.h \
	src/tools/input.c      src/tools/input.h \
	src/tools/monitor.c    src/tools/monitor.h \
	src/tools/release.c    src/tools/release.h \
	src/tools/samples.c    src/tools/samples.h \
	src/tools/survey.c     src/tools/survey.h \
	src/tools/vmdisk.c     src/tools/vmdisk.h \
	src/tools/wild.c       src/tools/wild.h \
	src/tools/xquery.c     src/tools/xquery.h
TOOLS_LIBS = libtools.a $(COMMON_LIBS)
POLL_LIBS = $(TOOLS_LIBS) $(LIBVIRT_LIBS)

remotesarchdir = $(oneremotesdir)/bin/$(TOOLS_ARCH)
remotesarch_PROGRAMS = poll xpath
bin_PROGRAMS += one-vmm-poll one-vmm-xpath

poll_SOURCES = src/tools/poll.c
poll_LDADD = $(POLL_LIBS)
one_vmm_poll_SOURCES = $(poll_SOURCES)
one_vmm_poll_LDADD = $(poll_LDADD)

xpath_SOURCES = src/tools/xpath.c
xpath_LDADD = $(TOOLS_LIBS)
one_vmm_xpath_SOURCES = $(xpath_SOURCES)
one_vmm_xpath_LDADD = $(xpath_LDADD)
include src/tools/try.mk
include src/tools/guests.mk
