import CLinux
import ControlGroups
import Glibc
import LinuxKernel
import Netlink

/// What a process on its way to execve(2) tells the launcher, over a pipe that execve closes: warnings, then nothing
/// more, which is success, or one failure.
enum SetupReport: Hashable {
    case warning(String)
    case failure(SetupFailure)
}

extension SetupReport: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .warning(let text):
            writer.write(0 as UInt8)
            writer.write(text)
        case .failure(let failure):
            writer.write(1 as UInt8)
            writer.write(failure)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .warning(try reader.read())
        case 1: self = .failure(try reader.read())
        default: throw WireError()
        }
    }
}

extension SetupFailure {
    /// Any failure of a step, in the form that travels to the orchestrator.
    init(_ error: any Error) {
        switch error {
        case let failure as SetupFailure: self = failure
        case let error as SystemCallError:
            self.init(.systemCall, call: error.call, subject: error.subject, errno: error.errno)
        case let error as NetlinkError:
            self.init(.systemCall, call: "rtnetlink", subject: error.operation, errno: error.errno ?? 0)
        case ControlGroupError.system(let error): self.init(error)
        default: self.init(.systemCall, call: "\(error)")
        }
    }
}

/// The child's end of the pipe.
struct Reporter {
    let pipe: CInt

    func warn(_ text: String) { send(.warning(text)) }

    /// Tells the failure and ends the process.
    func fail(_ error: any Error) -> Never {
        send(.failure(SetupFailure(error)))
        _exit(127)
    }

    private func send(_ report: SetupReport) {
        var writer = WireWriter()
        writer.write(report)
        do {
            try writeAll(writer.bytes, to: pipe)
        } catch {
            // Nobody is left to tell: the launcher has gone, and this process goes with it.
            _exit(127)
        }
    }
}
