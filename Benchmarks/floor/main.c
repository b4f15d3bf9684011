// floor ROOTFS N: a sandbox with N containers and a bridge, `true` run in the first of them, everything taken away.
//
// The same shape as an environment of harness: a launcher that is the first process of the sandbox's namespaces makes
// the containers, each with namespaces, a control group, an overlay and a network interface of its own.
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1000 };

static const char *rootfs;
static int count, first_container = -1;
static char scratch[64], groups[4096];

int check(int result, const char *call) {
    if (result != -1) return result;
    fprintf(stderr, "floor: %s: %s\n", call, strerror(errno));
    exit(1);
}

static pid_t clone_process(uint64_t flags, int *pidfd, int cgroup) {
    struct clone_args arguments = {.flags = flags | CLONE_PIDFD, .pidfd = (uintptr_t)pidfd, .exit_signal = SIGCHLD};
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = cgroup;
    }
    return check(syscall(SYS_clone3, &arguments, sizeof arguments), "clone3");
}

static const char *group_name(int number) {
    static char name[4200];
    snprintf(name, sizeof name, "%s/%d", groups, number);
    return name;
}

// The unified hierarchy, alone or next to those of version 1.
static void find_groups(void) {
    const char *mounts[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
    for (int i = 0; i < 2; i++) {
        snprintf(groups, sizeof groups, "%s/cgroup.procs", mounts[i]);
        if (access(groups, F_OK)) continue;
        snprintf(groups, sizeof groups, "%s/floor-%d", mounts[i], getpid());
        return;
    }
    groups[0] = 0;
}

static int make_group(int number) {
    if (!groups[0]) return -1;
    check(mkdir(group_name(number), 0755), "mkdir cgroup");
    return check(open(group_name(number), O_PATH | O_DIRECTORY | O_CLOEXEC), "open cgroup");
}

static void start_container(int number) {
    int go_ahead[2], started[2], pidfd;
    check(pipe2(go_ahead, O_CLOEXEC), "pipe2");
    check(pipe2(started, O_CLOEXEC), "pipe2");
    int group = make_group(number);
    pid_t pid = clone_process(
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP, &pidfd, group);
    if (pid == 0) {
        struct container container = {rootfs, scratch, number, go_ahead[0], started[1]};
        container_run(&container);
    }
    network_connect(number, pid);
    check(write(go_ahead[1], "", 1), "write");
    close(started[1]);
    close(go_ahead[0]);
    close(go_ahead[1]);
    if (group >= 0) close(group);
    if (number == 0) first_container = pidfd;
    // Until execve closes its end.
    static int waiting[MOST];
    waiting[number] = started[0];
    if (number + 1 < count) return;
    for (int i = 0; i < count; i++) {
        char byte;
        check(read(waiting[i], &byte, 1), "read");
    }
}

// `true` in the first container, as the test of an environment.
static int run_test(void) {
    pid_t pid = check(fork(), "fork");
    if (pid == 0) {
        check(setns(first_container, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS), "setns");
        pid_t inner = check(fork(), "fork");
        if (inner == 0) {
            confine();
            execl("/bin/busybox", "true", NULL);
            _exit(127);
        }
        int status;
        check(waitpid(inner, &status, 0), "waitpid");
        _exit(WEXITSTATUS(status));
    }
    int status;
    check(waitpid(pid, &status, 0), "waitpid");
    return WEXITSTATUS(status);
}

static void launch(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    check(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "mount slave");
    check(mount("scratch", scratch, "tmpfs", MS_NODEV, "mode=700"), "mount scratch");
    network_make_bridge();
    for (int number = 0; number < count; number++) start_container(number);
    // The end of the first process of a PID namespace is the end of all.
    _exit(run_test());
}

int main(int argc, char **argv) {
    if (argc != 3 || (count = atoi(argv[2])) < 1 || count > MOST) {
        fprintf(stderr, "usage: floor ROOTFS N\n");
        return 64;
    }
    rootfs = argv[1];
    snprintf(scratch, sizeof scratch, "/run/floor-%d", getpid());
    check(mkdir(scratch, 0700), "mkdir");
    find_groups();
    if (groups[0]) check(mkdir(groups, 0755), "mkdir cgroup");

    int pidfd, status;
    pid_t launcher = clone_process(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC, &pidfd, -1);
    if (launcher == 0) launch();
    check(waitpid(launcher, &status, 0), "waitpid");

    for (int number = 0; groups[0] && number < count; number++) rmdir(group_name(number));
    if (groups[0]) rmdir(groups);
    rmdir(scratch);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
