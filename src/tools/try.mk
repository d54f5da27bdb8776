# one_vmm_try plays oned for one driver; what can be tested alone is in a library.
noinst_LIBRARIES += libtry.a
libtry_a_CPPFLAGS = $(AM_CPPFLAGS) -DMADS_DIR=\"$(madsdir)\"
libtry_a_SOURCES = \
	src/tools/answer.c       src/tools/answer.h \
	src/tools/compose.c      src/tools/compose.h \
	src/tools/conversation.c src/tools/conversation.h \
	src/tools/lines.c        src/tools/lines.h \
	src/tools/paint.c        src/tools/paint.h \
	src/tools/planview.c     src/tools/planview.h \
	src/tools/tryoptions.c   src/tools/tryoptions.h \
	src/tools/workfile.c     src/tools/workfile.h
TRY_LIBS = libtry.a $(DRIVER_LIBS)

bin_PROGRAMS += one_vmm_try
one_vmm_try_SOURCES = src/tools/try.c
one_vmm_try_LDADD = $(TRY_LIBS)
