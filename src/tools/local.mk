# src/tools
include src/tools/status.mk
# Programs for action scripts. Scripts find them in the remotes, where they travel to the hosts
# with the scripts, or installed on the host under their long names. Both are the same objects.
noinst_LIBRARIES += libtools.a
libtools_a_SOURCES = \
	src/tools/input.c   src/tools/input.h \
	src/tools/release.c src/tools/release.h \
	src/tools/xquery.c  src/tools/xquery.h
TOOLS_LIBS = libtools.a $(COMMON_LIBS)

remotesarchdir = $(oneremotesdir)/bin/$(TOOLS_ARCH)
remotesarch_PROGRAMS = xpath
bin_PROGRAMS += one-vmm-xpath

xpath_SOURCES = src/tools/xpath.c
xpath_LDADD = $(TOOLS_LIBS)
one_vmm_xpath_SOURCES = $(xpath_SOURCES)
one_vmm_xpath_LDADD = $(xpath_LDADD)
