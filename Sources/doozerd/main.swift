// A synchronous main on purpose: an asynchronous one makes a static executable's start ten times as long.

import DoozerServer
import DoozerService
import Glibc

/// Exit statuses, of sysexits(3).
enum Exit {
    static let usage: CInt = 64
    static let unavailable: CInt = 69
}

let version = "1.0.0"

/// Writes one line to standard error, whole, whatever other threads write.
@Sendable func log(_ line: String) {
    let bytes = Array("doozerd: \(line)\n".utf8)
    // Nobody is left to tell when standard error does not take it.
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

/// Lets a server have as many connections as the system allows this process.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
        log("cannot raise the limit of open files: \(String(cString: strerror(errno)))")
    }
}

/// Ends on SIGTERM and SIGINT also as process 1 of a container, where they would otherwise be ignored.
///
/// There is nothing to save: the store lives as long as the process.
func endOnSignals() {
    for number in [SIGTERM, SIGINT] {
        signal(number) { _ in _exit(0) }
    }
    signal(SIGPIPE, SIG_IGN)
}

func hostName() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Sixteen letters and digits, drawn anew at each start, as a cluster's nodes name themselves.
func nodeIdentifier() -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return String((0..<16).map { _ in alphabet[Int.random(in: alphabet.indices)] })
}

func environment(_ name: String) -> [UInt8] {
    getenv(name).map { Array(String(cString: $0).utf8) } ?? []
}

/// The address to list for clients: with all interfaces listened on, the host's name stands for them.
@Sendable func advertised(_ address: String, _ host: String) -> String {
    guard let listening = ServerAddress(address), listening.isAnyInterface else { return address }
    return "\(host):\(listening.port)"
}

func serve(_ options: Options) throws {
    guard let address = options.address else { return }
    let node = nodeIdentifier()
    let host = hostName()
    let secrets = (readWrite: environment("DOOZER_RWSECRET"), readOnly: environment("DOOZER_ROSECRET"))
    if !environment("DOOZER_BOOT_URI").isEmpty {
        log("DOOZER_BOOT_URI is set, but this server is one node and joins no cluster")
    }
    var serverOptions = Server.Options(address: address, logLine: log)
    serverOptions.maximumMessage = options.maximumMessage
    let server = try Server(serverOptions) { address in
        let reachable = advertised(address, host)
        var configuration = Configuration(node: node, address: reachable, hostname: host, version: version)
        configuration.cluster = options.cluster
        configuration.history = options.history
        configuration.readWriteSecret = secrets.readWrite
        configuration.readOnlySecret = secrets.readOnly
        configuration.maximumOutstanding = options.maximumOutstanding
        return configuration
    }
    log("listening on \(server.address), node \(node) of cluster \(options.cluster)")
    try server.wait()
}

do throws(Options.UsageError) {
    switch try Options.parse(Array(CommandLine.arguments.dropFirst())) {
    case .showVersion:
        print("doozerd \(version)")
    case .showHelp:
        print(Options.usage)
    case .serve(let options):
        endOnSignals()
        raiseDescriptorLimit()
        do {
            try serve(options)
        } catch {
            log("\(error)")
            exit(Exit.unavailable)
        }
    }
} catch {
    log("\(error.message)\n\(Options.usage)")
    exit(Exit.usage)
}
