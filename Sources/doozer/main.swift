import DoozerClient
import DoozerProtocol
import Glibc

/// Exit statuses: two of the original client, the others of sysexits(3) and timeout(1).
enum Exit {
    static let revisionMismatch: CInt = 1
    static let refused: CInt = 2
    static let usage: CInt = 64
    static let unavailable: CInt = 69
    static let timedOut: CInt = 124
}

func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}

func connect(_ invocation: Invocation) throws(ClientError) -> Client {
    let text = invocation.uri ?? environment("DOOZER_URI") ?? "doozer:?ca=127.0.0.1:\(DoozerURI.defaultPort)"
    let boot: DoozerURI? =
        if let text = environment("DOOZER_BOOT_URI") { try DoozerURI(text) } else { nil }
    return try Client(DoozerURI(text), boot: boot)
}

func exitStatus(of error: ClientError) -> CInt {
    switch error {
    case .refused(.revMismatch, _, _): Exit.revisionMismatch
    case .refused: Exit.refused
    case .invalidURI, .noBootCluster: Exit.usage
    case .unreachable, .connectionLost, .protocolViolation, .unknownCluster: Exit.unavailable
    case .timedOut: Exit.timedOut
    }
}

func fail(_ message: String, _ status: CInt) -> Never {
    StandardStream.complain(message)
    exit(status)
}

do {
    let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
    switch invocation.command {
    case .help: print(Invocation.usage)
    case .version: print("doozer 1.0.0")
    default: try Commands(client: connect(invocation), invocation: invocation).run()
    }
} catch let error as Invocation.UsageError {
    fail("\(error.message); see 'doozer --help'", Exit.usage)
} catch let error as ClientError {
    fail("\(error)", exitStatus(of: error))
} catch let error as Commands.Missing {
    fail("\(error.path): no such file or directory", Exit.refused)
} catch let error as StandardStream.Failure {
    fail(error.message, Exit.refused)
} catch {
    fail("\(error)", Exit.refused)
}
