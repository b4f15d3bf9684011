import CLinux
import Glibc
import LinuxKernel

/// Installs the default policy and prints what some system calls give: `CAPABILITIES`, comma-separated.
func runFiltered(_ arguments: [String]) throws {
    let capabilities = try CapabilitySet(names: (arguments.first ?? "").split(separator: ",").map(String.init))
    let program = try SeccompPolicy.containerDefault.program(for: capabilities, cachedIn: nil).program
    try program.install()
    // All that a container's start still needs.
    try ProcessIdentity(user: 0, group: 0, groups: [0], capabilities: capabilities).assume()
    report("getpid", Int(getpid()) > 0 ? 0 : -1)
    report("unshare", Int(clinux_unshare(Namespaces.uts.rawValue)))
    report("clone3", Int(clinux_clone3(nil)))
    report("keyctl", syscall(250, 0, -3, 0))
    report("personality", syscall(135, 0xFFFF_FFFF) >= 0 ? 0 : -1)
    report("personality 1", syscall(135, 1))
    report("socket vsock", Int(socket(40, CInt(SOCK_STREAM.rawValue), 0)))
    report("socket unix", socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0) >= 0 ? 0 : -1)
    report("unknown number", syscall(600))
    let child = fork()
    if child == 0 { _exit(0) }
    report("fork", child == -1 ? -1 : 0)
    let error = execute(["/bin/echo", "execve passes"], environment: [], searching: "")
    print("execve \(error)")
}

/// The time that compiling, reading and installing take, in microseconds, and the program's length.
func measureSeccomp(_ arguments: [String]) throws {
    let directory = arguments.first ?? "/tmp"
    let policy = SeccompPolicy.containerDefault
    let start = microseconds()
    let compiled = try policy.program(for: .containerDefault, cachedIn: directory)
    let middle = microseconds()
    let cached = try policy.program(for: .containerDefault, cachedIn: directory)
    let end = microseconds()
    print("first \(middle - start) \(compiled.origin), second \(end - middle) \(cached.origin)")
    print("instructions \(cached.program.count)")
    let pipe = try OwnedDescriptor.pipe()
    var times: [Int] = []
    for _ in 0..<50 {
        let child = fork()
        if child == 0 {
            let start = microseconds()
            do throws(SystemCallError) {
                try cached.program.install()
            } catch {
                print("install \(error)")
                fflush(nil)
                _exit(1)
            }
            var time = microseconds() - start
            _ = write(pipe.writer.rawValue, &time, MemoryLayout<Int>.size)
            _exit(0)
        }
        // Once it has ended, its time is in the pipe, or there is none.
        guard try ProcessExit.collect(child) == .exited(0) else { return }
        var time = 0
        _ = read(pipe.reader.rawValue, &time, MemoryLayout<Int>.size)
        times.append(time)
    }
    print("install \(times.sorted()[25])")
}

private func syscall(_ number: Int, _ arguments: Int...) -> Int {
    clinux_syscall(number, arguments.first ?? 0, arguments.dropFirst().first ?? 0)
}

private func report(_ name: String, _ result: Int) {
    let code = errno
    print("\(name) \(result >= 0 ? "passes" : code == EPERM ? "EPERM" : code == ENOSYS ? "ENOSYS" : "errno \(code)")")
    fflush(nil)
}
