import Glibc
import LinuxKernel

extension LaunchedProcess {
    /// Whether the container's first process would notice a signal now.
    ///
    /// The kernel drops what the first process of a PID namespace neither catches nor blocks (pid_namespaces(7)): to
    /// wait for its effect would be to wait in vain. SIGKILL and SIGSTOP from outside always arrive.
    func notices(_ signal: CInt, in scratch: ScratchSpace) throws -> Bool {
        guard container?.isolation.processes == .own, signal != SIGKILL, signal != SIGSTOP, (1...64).contains(signal)
        else { return true }
        // It takes every signal, and passes it on to a program that is not process 1. What it waits for by sigwait(3) is
        // not among those that it blocks, as the kernel shows them.
        if container?.hasInit ?? false { return true }
        let file = try OwnedDescriptor.open("\(scratch.processes)/\(pid)/status", O_RDONLY)
        let status = String(decoding: try readAll(file.rawValue), as: UTF8.self)
        return ["SigCgt:", "SigBlk:"].contains { name in
            Self.mask(name, in: status).map { $0 & (1 << UInt64(signal - 1)) != 0 } ?? true
        }
    }

    /// A mask of signals as proc_pid_status(5) prints it; `nil` where there is none of that name.
    static func mask(_ name: String, in status: String) -> UInt64? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        let digits = line.dropFirst(name.count).drop { $0 == "\t" || $0 == " " }
        return UInt64(digits, radix: 16)
    }
}
