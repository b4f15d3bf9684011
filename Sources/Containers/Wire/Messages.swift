/// What the orchestrator asks of the launcher. The descriptors that travel along are named here.
enum Request: Hashable {
    /// First of all, once.
    case open(SandboxConfiguration)
    /// Descriptors: standard input, output, error.
    case start(ContainerSpecification)
    /// In a running container. Descriptors: standard input, output, error.
    case execute(container: String, ProcessSpecification)
    /// On the host's file system in the sandbox's network. Descriptors: standard input, output, error.
    case runOnHost(
        ProcessSpecification, hosts: String, resolverConfiguration: String, needsNameServer: Bool)
    case signal(process: UInt32, number: Int32)
    case kill(container: String)
    /// Sockets in the sandbox's network namespace: `SOCK_STREAM` or `SOCK_DGRAM`, at most 16.
    case sockets(type: Int32, count: UInt8)
    case exists(container: String, path: String)
    /// Takes away what a container that has ended has written, and its control groups.
    case remove(container: String, volumes: [String])
    /// Whether a container's first process would notice a signal: answered with `exists`.
    case notices(container: String, signal: Int32)
    /// Stops all processes of a container where they are, or lets them go on.
    case freeze(container: String, isFrozen: Bool)
    /// Changes addresses in /etc/hosts of every container but these.
    case moveNames([AddressMove], except: [String])
    /// The root directory that the processes of a running container see: answered with `opened`.
    case root(container: String)
}

/// What the launcher answers, and what it tells unasked.
enum Reply: Hashable {
    case done
    /// The program runs. Descriptors: the sockets of its name server, datagrams and streams. Warnings name what the host did not give.
    case started(process: UInt32, warnings: [String])
    case failed(SetupFailure)
    /// Descriptors: the sockets.
    case sockets
    case exists(Bool)
    /// A process has ended: its wait status, and whether its control group ran out of memory.
    case exited(process: UInt32, status: Int32, oomKilled: Bool)
    /// What a person should know, and nobody asked for.
    case notice(String)
    /// Descriptor: what was to be opened.
    case opened
}

/// A message with the number that ties an answer to its question; 0 for what nobody asked.
struct Envelope<Body: WireCodable & Sendable>: WireCodable, Sendable {
    var number: UInt32
    var body: Body

    init(number: UInt32, body: Body) {
        self.number = number
        self.body = body
    }

    func encode(to writer: inout WireWriter) {
        writer.write(number, body)
    }

    init(from reader: inout WireReader) throws(WireError) {
        number = try reader.read()
        body = try reader.read()
    }
}

extension Request: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .open(let configuration):
            writer.write(0 as UInt8, configuration)
        case .start(let container):
            writer.write(1 as UInt8, container)
        case .execute(let container, let process):
            writer.write(2 as UInt8, container, process)
        case .runOnHost(let process, let hosts, let resolverConfiguration, let needsNameServer):
            writer.write(3 as UInt8, process, hosts, resolverConfiguration, needsNameServer)
        case .signal(let process, let number):
            writer.write(4 as UInt8, process, number)
        case .kill(let container):
            writer.write(5 as UInt8, container)
        case .sockets(let type, let count):
            writer.write(6 as UInt8, type, count)
        case .exists(let container, let path):
            writer.write(7 as UInt8, container, path)
        case .remove(let container, let volumes):
            writer.write(8 as UInt8, container, volumes)
        case .notices(let container, let signal):
            writer.write(9 as UInt8, container, signal)
        case .freeze(let container, let isFrozen):
            writer.write(10 as UInt8, container, isFrozen)
        case .moveNames(let moves, let excepted):
            writer.write(12 as UInt8, moves, excepted)
        case .root(let container):
            writer.write(11 as UInt8, container)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .open(try reader.read())
        case 1: self = .start(try reader.read())
        case 2: self = .execute(container: try reader.read(), try reader.read())
        case 3:
            self = .runOnHost(
                try reader.read(), hosts: try reader.read(), resolverConfiguration: try reader.read(),
                needsNameServer: try reader.read())
        case 4: self = .signal(process: try reader.read(), number: try reader.read())
        case 5: self = .kill(container: try reader.read())
        case 6: self = .sockets(type: try reader.read(), count: try reader.read())
        case 7: self = .exists(container: try reader.read(), path: try reader.read())
        case 8: self = .remove(container: try reader.read(), volumes: try reader.read())
        case 9: self = .notices(container: try reader.read(), signal: try reader.read())
        case 10: self = .freeze(container: try reader.read(), isFrozen: try reader.read())
        case 12: self = .moveNames(try reader.read(), except: try reader.read())
        case 11: self = .root(container: try reader.read())
        default: throw WireError()
        }
    }
}

extension Reply: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .done: writer.write(0 as UInt8)
        case .started(let process, let warnings):
            writer.write(1 as UInt8, process, warnings)
        case .failed(let failure):
            writer.write(2 as UInt8, failure)
        case .sockets: writer.write(3 as UInt8)
        case .exists(let exists):
            writer.write(4 as UInt8, exists)
        case .exited(let process, let status, let oomKilled):
            writer.write(5 as UInt8, process, status, oomKilled)
        case .notice(let text):
            writer.write(6 as UInt8, text)
        case .opened: writer.write(7 as UInt8)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .started(process: try reader.read(), warnings: try reader.read())
        case 2: self = .failed(try reader.read())
        case 3: self = .sockets
        case 4: self = .exists(try reader.read())
        case 5:
            self = .exited(process: try reader.read(), status: try reader.read(), oomKilled: try reader.read())
        case 6: self = .notice(try reader.read())
        case 7: self = .opened
        default: throw WireError()
        }
    }
}
