libdriver_a_SOURCES += \
	src/driver/ssh.c               src/driver/ssh.h \
	src/driver/ssh/agent.c         src/driver/ssh/agent.h \
	src/driver/ssh/gate.c          src/driver/ssh/gate.h \
	src/driver/ssh/hostconfig.c    src/driver/ssh/hostconfig.h \
	src/driver/ssh/identity.c      src/driver/ssh/identity.h \
	src/driver/ssh/knownhosts.c    src/driver/ssh/knownhosts.h \
	src/driver/ssh/libssh2.c       src/driver/ssh/libssh2_private.h \
	src/driver/ssh/libssh2exec.c \
	src/driver/ssh/libssh2login.c \
	src/driver/ssh/link.c          src/driver/ssh/link.h \
	src/driver/ssh/openssh.c \
	src/driver/ssh/linkpool.c      src/driver/ssh/linkpool.h \
	src/driver/ssh/push.c          src/driver/ssh/push.h \
	src/driver/ssh/remotecmd.c     src/driver/ssh/remotecmd.h \
	src/driver/ssh/socket.c        src/driver/ssh/socket.h \
	src/driver/ssh/ssh2.c          src/driver/ssh/ssh2.h \
	src/driver/ssh/wait.c          src/driver/ssh/wait.h \
	src/driver/ssh/wire.c          src/driver/ssh/wire.h
