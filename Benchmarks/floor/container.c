#define _GNU_SOURCE
#include "floor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char path[4096], options[8192];

static const char *join(const char *directory, const char *name) {
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void mount_overlay(const struct container *c) {
    char own[2048], root[2100];
    snprintf(own, sizeof own, "%s/%d", c->scratch, c->number);
    check(mkdir(own, 0755), "mkdir");
    check(mkdir(join(own, "upper"), 0755), "mkdir");
    check(mkdir(join(own, "work"), 0755), "mkdir");
    snprintf(root, sizeof root, "%s/root", own);
    check(mkdir(root, 0755), "mkdir");
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", c->root, own, own);
    check(mount("overlay", root, "overlay", 0, options), "mount overlay");
    check(chdir(root), "chdir");
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount");
    check(chdir("/"), "chdir");
}

static void mount_devices(void) {
    static const struct { const char *name; int major, minor; } devices[] = {
        {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    static const char *const links[][2] = {{"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"},
        {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"}};
    check(mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755"), "mount /dev");
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        check(mknod(join("/dev", devices[i].name), S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)), "mknod");
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        check(symlink(links[i][0], join("/dev", links[i][1])), "symlink");
    check(mkdir("/dev/pts", 0755), "mkdir");
    check(mkdir("/dev/shm", 0755), "mkdir");
    check(mkdir("/dev/mqueue", 0755), "mkdir");
    check(mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666"), "mount devpts");
    check(mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k"), "mount shm");
    check(mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount mqueue");
}

static void mount_kernel(void) {
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    check(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount /proc");
    check(mount("sysfs", "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount /sys");
    mount_devices();
}

static void protect(void) {
    static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    static const char *const masked[] = {"/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
        "/proc/timer_list", "/sys/firmware"};
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (access(read_only[i], F_OK)) continue;
        check(mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL), "mount read-only");
        check(mount(NULL, read_only[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
            "remount");
    }
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        struct stat status;
        if (stat(masked[i], &status)) continue;
        if (S_ISDIR(status.st_mode)) check(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0"), "mask");
        else check(mount("/dev/null", masked[i], NULL, MS_BIND, NULL), "mask");
    }
}

static void write_file(const char *name, const char *content) {
    int fd = check(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), name);
    check(write(fd, content, strlen(content)), "write");
    close(fd);
}

void container_run(const struct container *c) {
    char byte, name[32];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    check(setsid(), "setsid");
    snprintf(name, sizeof name, "s%d", c->number + 1);
    check(sethostname(name, strlen(name)), "sethostname");
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount private");
    mount_overlay(c);
    mount_kernel();
    mkdir("/etc", 0755);
    write_file("/etc/hosts", "127.0.0.1 localhost\n10.88.0.2 s1\n");
    write_file("/etc/hostname", name);
    write_file("/etc/resolv.conf", "nameserver 10.88.0.1\n");
    protect();
    check(read(c->go_ahead, &byte, 1), "read");
    network_configure(c->number);
    int null = check(open("/dev/null", O_RDWR | O_CLOEXEC), "open");
    for (int fd = 0; fd < 3; fd++) check(dup2(null, fd), "dup2");
    check(syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */), "close_range");
    confine();
    execl("/bin/busybox", "httpd", "-f", "-p", "80", NULL);
    _exit(127);
}
