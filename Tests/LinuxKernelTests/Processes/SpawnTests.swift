import CLinux
import Glibc
import LinuxKernel
import Testing

/// What a started program gets of its caller, as /bin/sh sees it.
@Suite("Starting a program")
struct SpawnTests {
    private func output(of script: String, _ change: (inout Spawn) throws -> Void = { _ in }) throws -> String {
        let pipe = try OwnedDescriptor.pipe()
        var spawn = Spawn(["/bin/sh", "-c", script])
        spawn.descriptors = [(caller: pipe.writer.rawValue, program: 1)]
        try change(&spawn)
        let pid = try spawn.start()
        let reader = pipe.takeReader()
        let text = String(decoding: try readAll(reader.rawValue), as: UTF8.self)
        #expect(try ProcessExit.collect(pid) == .exited(0))
        return text
    }

    @Test("standard input is empty unless it is given")
    func standardInput() throws {
        #expect(try output(of: "readlink /proc/self/fd/0; cat") == "/dev/null\n")
        let input = try OwnedDescriptor.pipe()
        try writeAll(Array("given".utf8), to: input.writer.rawValue)
        let reader = input.takeReader()
        #expect(try output(of: "cat") { $0.descriptors.append((caller: reader.rawValue, program: 0)) } == "given")
    }

    @Test("variables are the caller's, or those that are given")
    func environment() throws {
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(try output(of: "echo \"$PATH\"") == path + "\n")
        #expect(
            try output(of: "/usr/bin/env | grep -v ^PWD=") { $0.environment = ["ONLY=this"] }.contains("ONLY=this\n"))
        #expect(try output(of: "echo \"[$HOME]\"") { $0.environment = ["ONLY=this"] } == "[]\n")
    }

    @Test("signals that the caller blocks or ignores are neither in the program")
    func signals() throws {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGUSR1)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let masks = try output(of: "grep -E '^Sig(Blk|Ign)' /proc/self/status").split(separator: "\n").compactMap {
            UInt64($0.split(separator: "\t")[1], radix: 16)
        }
        // The C library has 32 and 33 ignored in what it spawns: they are its own, nptl(7).
        #expect(masks.map { $0 & ~(0b11 << 31) } == [0, 0])
    }

    @Test("it leads a process group only where it is asked to", arguments: [false, true])
    func group(leads: Bool) throws {
        // Fields of proc_pid_stat(5): the process, its name and state, its parent, its group.
        let fields = try output(of: "read -r line </proc/self/stat; echo \"$line\"") { $0.leadsGroup = leads }
            .split(separator: " ")
        #expect((fields[0] == fields[4]) == leads)
        #expect(leads || String(fields[4]) == "\(getpgrp())")
    }

    @Test("a descriptor that would stay open is closed where it is asked to", arguments: [false, true])
    func descriptors(closes: Bool) throws {
        let kept = try OwnedDescriptor.open("/dev/zero", O_RDONLY)
        let copy = fcntl(kept.rawValue, F_DUPFD, 100)
        try #require(copy >= 100)
        defer { close(copy) }
        let text = try output(of: "readlink /proc/$$/fd/\(copy) || true") { $0.closesOthers = closes }
        #expect(text == (closes ? "" : "/dev/zero\n"))
    }

    @Test("a program that is not there is an error that names it")
    func missing() {
        let error = #expect(throws: SystemCallError.self) { try Spawn(["/no/such/program"]).start() }
        #expect(error?.errno == ENOENT)
        #expect(error?.subject == "/no/such/program")
    }
}
