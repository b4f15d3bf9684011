// The floor: the system calls that an environment costs, with nothing around them.
#ifndef FLOOR_H
#define FLOOR_H

#include <sys/types.h>

// Ends the program with the call's name and errno if it failed.
int check(int result, const char *call);

// rtnetlink, batched: one message out, all acknowledgements in.
void network_make_bridge(void);
void network_connect(int number, pid_t container);
void network_configure(int number);

// The container's side, up to execve. `root` has the image; `scratch` is a tmpfs of the sandbox.
struct container {
    const char *root, *scratch;
    int number, go_ahead, started;
};
void container_run(const struct container *container);

// Gives up every capability outside of Docker's default set, and installs a filter of the length of its policy.
void confine(void);

#endif
