noinst_LIBRARIES += libdriver.a
libdriver_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSH2_CFLAGS)
libdriver_a_SOURCES = \
	include/vmm-limits.h   include/vmm-protocol.h \
	src/driver/actionlist.c src/driver/actionlist.h \
	src/driver/assignments.c src/driver/assignments.h \
	src/driver/check.c     src/driver/check.h \
	src/driver/command.c   src/driver/command.h \
	src/driver/config.c    src/driver/config.h \
	src/driver/connections.h \
	src/driver/era.c       src/driver/era.h \
	src/driver/job.c       src/driver/job.h \
	src/driver/local.c     src/driver/local.h \
	src/driver/message.c   src/driver/message.h \
	src/driver/options.c   src/driver/options.h \
	src/driver/outcome.c   src/driver/outcome.h \
	src/driver/payload.c   src/driver/payload.h \
	src/driver/plan.c      src/driver/plan.h \
	src/driver/pool.c      src/driver/pool.h \
	src/driver/queue.c     src/driver/queue.h \
	src/driver/reader.c    src/driver/reader.h \
	src/driver/recipe.c    src/driver/recipe.h \
	src/driver/request.h \
	src/driver/runner.c    src/driver/runner.h \
	src/driver/script.c    src/driver/script.h \
	src/driver/scriptlog.c src/driver/scriptlog.h \
	src/driver/service.c   src/driver/service.h \
	src/driver/signals.c   src/driver/signals.h \
	src/driver/stats.c     src/driver/stats.h \
	src/driver/status.c    src/driver/status.h \
	src/driver/statusformat.c src/driver/statusformat.h \
	src/driver/statusview.c src/driver/statusview.h \
	src/driver/transport.h \
	src/driver/values.c    src/driver/values.h \
	src/driver/vnm.c       src/driver/vnm.h \
	src/driver/writer.c    src/driver/writer.h
include src/driver/ssh/local.mk
DRIVER_LIBS = libdriver.a $(COMMON_LIBS)

mads_PROGRAMS = one_vmm_exec
include src/driver/names.mk
one_vmm_exec_SOURCES = src/driver/main.c
one_vmm_exec_LDADD = $(DRIVER_LIBS)
