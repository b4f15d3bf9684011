import Testing

@testable import LinuxKernel

#if arch(x86_64)
    /// Runs the compiled default policy in an interpreter; numbers of system calls are those of x86-64.
    @Suite("Docker's default seccomp policy")
    struct DefaultPolicyTests {
        static let allow: UInt32 = 0x7FFF_0000
        static let notPermitted: UInt32 = 0x0005_0001
        static let notImplemented: UInt32 = 0x0005_0026
        static let x86_64: UInt32 = 0xC000_003E
        static let i386: UInt32 = 0x4000_0003
        static let x32Bit: UInt32 = 0x4000_0000

        private func program(_ capabilities: CapabilitySet = .containerDefault) throws -> SeccompProgram {
            try SeccompPolicy.containerDefault.program(for: capabilities, cachedIn: nil).program
        }

        private func answer(_ number: UInt32, _ arguments: UInt64..., to program: SeccompProgram) throws -> UInt32 {
            let padded = arguments + Array(repeating: 0, count: 6 - arguments.count)
            return try program.run(SystemCall(architecture: Self.x86_64, number: number, arguments: padded)).value
        }

        @Test("what programs need is allowed, also on the other architectures")
        func allowed() throws {
            let program = try program()
            // read, mmap, getpid, execve, wait4, openat, futex, epoll_pwait2, close_range, faccessat2, setuid, capset,
            // prctl, setgroups, seccomp, ptrace, arch_prctl, modify_ldt, chroot
            for number in [0, 9, 39, 59, 61, 257, 202, 441, 436, 439, 105, 126, 157, 116, 317, 101, 158, 154, 161] {
                #expect(try answer(UInt32(number), to: program) == Self.allow, "\(number)")
            }
            // getpid, chown32, socketcall, clock_gettime64, openat
            for number in [20, 212, 102, 403, 295] as [UInt32] {
                let call = SystemCall(architecture: Self.i386, number: number)
                #expect(try program.run(call).value == Self.allow, "i386 \(number)")
            }
            // getpid, and x32's own rt_sigaction and execve
            for number in [39, 512, 520] as [UInt32] {
                let call = SystemCall(architecture: Self.x86_64, number: number | Self.x32Bit)
                #expect(try program.run(call).value == Self.allow, "x32 \(number)")
            }
        }

        @Test("what reaches the host is denied")
        func denied() throws {
            let program = try program()
            // mount, umount2, setns, unshare, init_module, reboot, swapon, kexec_load, bpf, perf_event_open, keyctl,
            // add_key, request_key, io_uring_setup, userfaultfd, open_by_handle_at, settimeofday, iopl, syslog, acct,
            // quotactl, sethostname, pivot_root, nfsservctl, fsopen, move_mount, mbind, kcmp, pidfd_getfd
            for number in [
                165, 166, 308, 272, 175, 169, 167, 246, 321, 298, 250, 248, 249, 425, 323, 304, 164, 172, 103, 163, 179,
                170, 155, 180, 430, 429, 237, 312, 438,
            ] {
                #expect(try answer(UInt32(number), to: program) == Self.notPermitted, "\(number)")
                let x32 = SystemCall(architecture: Self.x86_64, number: UInt32(number) | Self.x32Bit)
                #expect(try program.run(x32).value != Self.allow, "x32 \(number)")
            }
            // mount, init_module, keyctl
            for number in [21, 128, 288] as [UInt32] {
                let call = SystemCall(architecture: Self.i386, number: number)
                #expect(try program.run(call).value == Self.notPermitted, "i386 \(number)")
            }
        }

        @Test("namespaces cannot be made with clone, and clone3 does not seem to exist")
        func clone() throws {
            let program = try program()
            #expect(try answer(56, 17, to: program) == Self.allow)
            #expect(try answer(56, 0x3D0F00, to: program) == Self.allow)
            for bit in [17, 25, 26, 27, 28, 29, 30] as [UInt64] {
                #expect(try answer(56, 17 | 1 << bit, to: program) == Self.notPermitted, "bit \(bit)")
            }
            #expect(try answer(435, to: program) == Self.notImplemented)
        }

        @Test("only harmless execution domains")
        func personality() throws {
            let program = try program()
            for value in [0, 8, 0x20000, 0x20008, 0xFFFF_FFFF] as [UInt64] {
                #expect(try answer(135, value, to: program) == Self.allow)
            }
            // ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, and a number that is only the same in its lower half
            for value in [0x40000, 0x400000, 1, 0x1_0000_0000] as [UInt64] {
                #expect(try answer(135, value, to: program) == Self.notPermitted)
            }
        }

        @Test("all sockets but those to the hypervisor")
        func sockets() throws {
            let program = try program()
            for family in [1, 2, 10, 16, 17] as [UInt64] { #expect(try answer(41, family, to: program) == Self.allow) }
            #expect(try answer(41, 40, to: program) == Self.notPermitted)
        }

        @Test(
            "calls newer than libseccomp fail as on an older kernel", arguments: [600, 1000, 0x3FFF_FFFF] as [UInt32])
        func unknownNumbers(number: UInt32) throws {
            let program = try program()
            #expect(try answer(number, to: program) == Self.notImplemented)
            #expect(try program.run(SystemCall(architecture: Self.i386, number: number)).value == Self.notImplemented)
            let x32 = SystemCall(architecture: Self.x86_64, number: number | Self.x32Bit)
            #expect(try program.run(x32).value == Self.notImplemented)
        }

        @Test("an architecture that is none of this machine's kills the thread")
        func foreignArchitecture() throws {
            // aarch64
            #expect(try program().run(SystemCall(architecture: 0xC000_00B7, number: 39)).value == 0)
        }

        @Test(
            "a capability allows its calls, and no others",
            arguments: [
                ("CAP_BPF", [321]), ("CAP_DAC_READ_SEARCH", [304]), ("CAP_PERFMON", [298]), ("CAP_SYS_BOOT", [169]),
                ("CAP_SYS_CHROOT", [161]), ("CAP_SYS_MODULE", [175, 176, 313]), ("CAP_SYS_NICE", [237, 238, 239, 450]),
                ("CAP_SYS_PACCT", [163]), ("CAP_SYS_PTRACE", [312, 438, 440]), ("CAP_SYS_RAWIO", [172, 173]),
                ("CAP_SYS_TIME", [164, 227]), ("CAP_SYS_TTY_CONFIG", [153]), ("CAP_SYSLOG", [103]),
                ("CAP_NET_ADMIN", []), ("CAP_WAKE_ALARM", []),
                (
                    "CAP_SYS_ADMIN",
                    [
                        103, 165, 166, 170, 171, 179, 212, 272, 298, 300, 308, 321, 428, 429, 430, 431, 432, 433, 435,
                        442, 443,
                    ]
                ),
            ] as [(String, [UInt32])])
        func capability(name: String, numbers: [UInt32]) throws {
            let without = try program([])
            let with = try program([try Capability(name: name)])
            var added: [UInt32] = []
            for number in 0...450 as ClosedRange<UInt32> {
                let before = try answer(number, to: without)
                let after = try answer(number, to: with)
                if before != after {
                    #expect(after == Self.allow)
                    added.append(number)
                }
            }
            #expect(added == numbers)
        }

        @Test("with CAP_SYS_ADMIN, clone makes namespaces")
        func cloneWithAdmin() throws {
            let program = try program([try Capability(name: "SYS_ADMIN")])
            #expect(try answer(56, 0x7E02_0011, to: program) == Self.allow)
        }

        @Test("a call passes few instructions")
        func isTree() throws {
            let program = try program()
            for number in [0, 1, 39, 202, 232, 270, 441] as [UInt32] {
                let steps = try program.run(SystemCall(architecture: Self.x86_64, number: number)).steps
                #expect(steps < 40, "\(number) takes \(steps)")
            }
        }
    }
#endif
