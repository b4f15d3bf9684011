import Containers
import Glibc
import LinuxKernel
import Orchestration

/// A process in the sandbox, in the terms of the orchestrator.
struct EmbeddedProcess: RunningProcess {
    private let process: SandboxProcess

    init(_ process: SandboxProcess) { self.process = process }

    func wait() async -> ExitStatus { ExitStatus(await process.wait()) }
    func send(signal: Int32) async throws { try await process.send(signal: signal) }
}

extension ExitStatus {
    /// `nil` is the end of the whole sandbox, which is a kill.
    init(_ end: (exit: ProcessExit, oomKilled: Bool)?) {
        switch end {
        // An init process or a shell says so of what the kernel has killed under it.
        case (.exited(128 + SIGKILL), true)?: self = .signalled(SIGKILL, oomKilled: true)
        case (.exited(let code), _)?: self = .exited(code)
        case (.signalled(let signal), let oomKilled)?: self = .signalled(signal, oomKilled: oomKilled)
        case nil: self = .signalled(SIGKILL, oomKilled: false)
        }
    }
}

/// A connection in the terms of the orchestrator.
struct EmbeddedStream: ByteStream {
    private let stream: SocketStream

    init(_ stream: SocketStream) { self.stream = stream }

    func read(timeout: Duration) async throws -> [UInt8] { try await stream.read(timeout: timeout) }
    func write(_ bytes: [UInt8], timeout: Duration) async throws { try await stream.write(bytes, timeout: timeout) }
    func close() { stream.close() }
}
