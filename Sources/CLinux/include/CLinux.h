// What Swift's view of the C library lacks. Two kinds of things belong here and nothing else: system calls that
// glibc 2.36 has no wrapper for (or that variadic declarations hide from Swift), and constants whose macros Swift
// can't import. No logic: a function here is one system call; errno is left as the kernel gave it.
//
// _GNU_SOURCE must not be defined here: the Glibc module is compiled without it, and Swift refuses two definitions of
// one type. What only it declares has a wrapper below.
#ifndef CLINUX_H
#define CLINUX_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static inline long clinux_clone3(struct clone_args *args) { return syscall(SYS_clone3, args, sizeof(*args)); }
static inline long clinux_clone(unsigned long flags) { return syscall(SYS_clone, flags, NULL, NULL, NULL, 0UL); }
static inline int clinux_openat2(int dir, const char *path, struct open_how *how) {
    return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}
static inline int clinux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int clinux_openat(int dir, const char *path, int flags, mode_t mode) {
    return openat(dir, path, flags, mode);
}
static inline int clinux_pidfd_open(pid_t pid, unsigned flags) { return (int)syscall(SYS_pidfd_open, pid, flags); }
static inline int clinux_pidfd_send_signal(int fd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
}
static inline int clinux_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}
static inline int clinux_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}
static inline int clinux_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags) {
    return (int)syscall(SYS_execveat, dir, path, argv, envp, flags);
}
static inline int clinux_seccomp(unsigned operation, unsigned flags, void *args) {
    return (int)syscall(SYS_seccomp, operation, flags, args);
}
static inline int clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}
static inline int clinux_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
static inline int clinux_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
static inline int clinux_ioctl_value(int fd, unsigned long request, long argument) {
    return ioctl(fd, request, argument);
}
// The thread's own view: glibc's setgroups would signal other threads, which a clone3 child does not have.
static inline int clinux_setgroups(size_t count, const gid_t *groups) {
    return (int)syscall(SYS_setgroups, count, groups);
}
static inline int clinux_setresuid(uid_t r, uid_t e, uid_t s) { return (int)syscall(SYS_setresuid, r, e, s); }
static inline int clinux_setresgid(gid_t r, gid_t e, gid_t s) { return (int)syscall(SYS_setresgid, r, e, s); }

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
static inline int clinux_open_tree(int dir, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, dir, path, flags);
}
static inline int clinux_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}
struct clinux_mount_attr {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};
static inline int clinux_mount_setattr(int dir, const char *path, unsigned flags, struct clinux_mount_attr *attr) {
    return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr));
}
static inline int clinux_fsopen(const char *name, unsigned flags) { return (int)syscall(SYS_fsopen, name, flags); }
static inline int clinux_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) {
    return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}
static inline int clinux_fsmount(int fd, unsigned flags, unsigned attributes) {
    return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int clinux_setdomainname(const char *name, size_t length) {
    return (int)syscall(SYS_setdomainname, name, length);
}
static inline int clinux_pipe2(int ends[2], int flags) { return (int)syscall(SYS_pipe2, ends, flags); }
static inline int clinux_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }
/* Also the two signals that the C library keeps for itself; the kernel's structure of zeros is SIG_DFL. */
static inline int clinux_default_signal(int number) {
    unsigned long action[8] = {0};
    return (int)syscall(SYS_rt_sigaction, number, action, NULL, 8UL);
}
static inline int clinux_setns(int fd, int flags) { return (int)syscall(SYS_setns, fd, flags); }
static inline int clinux_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
    return (int)syscall(SYS_accept4, fd, address, length, flags);
}
static inline long clinux_splice(int from, int to, size_t count, unsigned flags) {
    return syscall(SYS_splice, from, NULL, to, NULL, count, flags);
}
static inline int clinux_memfd_create(const char *name, unsigned flags) {
    return (int)syscall(SYS_memfd_create, name, flags);
}
static inline long clinux_copy_file_range(int from, int to, size_t count) {
    return syscall(SYS_copy_file_range, from, NULL, to, NULL, count, 0);
}
/* Begins to write a file to the disk, without waiting. */
static inline int clinux_start_write_back(int fd) { return (int)syscall(SYS_sync_file_range, fd, 0L, 0L, 2U); }
// struct ucred is declared under _GNU_SOURCE only: process, user and group of the other side (unix(7)).
static inline int clinux_peer_credentials(int fd, uint32_t values[3]) {
    socklen_t size = 3 * sizeof(uint32_t);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, values, &size);
}
static inline pid_t clinux_fork(void) { return fork(); }
static inline int clinux_syncfs(int fd) { return (int)syscall(SYS_syncfs, fd); }

// bpf(2): the kernel takes an attribute of any version whose unknown rest is zero.
static inline int clinux_bpf_load_device_program(const void *instructions, uint32_t count) {
    union bpf_attr attribute;
    __builtin_memset(&attribute, 0, sizeof(attribute));
    attribute.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attribute.expected_attach_type = BPF_CGROUP_DEVICE;
    attribute.insns = (uint64_t)(uintptr_t)instructions;
    attribute.insn_cnt = count;
    attribute.license = (uint64_t)(uintptr_t)"Apache-2.0";
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attribute, sizeof(attribute));
}
static inline int clinux_bpf_attach_device_program(int group, int program) {
    union bpf_attr attribute;
    __builtin_memset(&attribute, 0, sizeof(attribute));
    attribute.target_fd = (uint32_t)group;
    attribute.attach_bpf_fd = (uint32_t)program;
    attribute.attach_type = BPF_CGROUP_DEVICE;
    attribute.attach_flags = BPF_F_ALLOW_OVERRIDE;
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attribute, sizeof(attribute));
}

static const int clinux_O_PATH = 010000000;
static const int clinux_O_TMPFILE = 020000000 | O_DIRECTORY;
static const int clinux_AT_EMPTY_PATH = 0x1000;
static const int clinux_AT_RECURSIVE = 0x8000;
static const unsigned clinux_SPLICE_F_MOVE = 1;
static const unsigned clinux_SPLICE_F_NONBLOCK = 2;

static inline dev_t clinux_makedev(unsigned major, unsigned minor) { return makedev(major, minor); }
static inline unsigned clinux_major(dev_t device) { return major(device); }
static inline unsigned clinux_minor(dev_t device) { return minor(device); }

static const uint64_t clinux_CLONE_INTO_CGROUP = 0x200000000ULL;
static const unsigned long clinux_TIOCSCTTY = TIOCSCTTY;
static const unsigned long clinux_TIOCSPTLCK = TIOCSPTLCK;
static const unsigned long clinux_TIOCGPTPEER = TIOCGPTPEER;

// cmsg(3) macros.
static inline struct cmsghdr *clinux_cmsg_firsthdr(struct msghdr *message) { return CMSG_FIRSTHDR(message); }
static inline struct cmsghdr *clinux_cmsg_nxthdr(struct msghdr *message, struct cmsghdr *c) {
    return CMSG_NXTHDR(message, c);
}
static inline void *clinux_cmsg_data(struct cmsghdr *c) { return CMSG_DATA(c); }
static inline size_t clinux_cmsg_len(size_t length) { return CMSG_LEN(length); }
static inline size_t clinux_cmsg_space(size_t length) { return CMSG_SPACE(length); }

// wait(2) status macros.
static inline int clinux_wifexited(int status) { return WIFEXITED(status); }
static inline int clinux_wexitstatus(int status) { return WEXITSTATUS(status); }
static inline int clinux_wifsignaled(int status) { return WIFSIGNALED(status); }
static inline int clinux_wtermsig(int status) { return WTERMSIG(status); }

// Seccomp.
static inline long clinux_syscall(long number, long first, long second) { return syscall(number, first, second); }
static const unsigned clinux_MFD_CLOEXEC = 1;

#endif
