import Glibc
import LinuxKernel
import Synchronization
import Testing

@testable import LocalStacks

/// A server on a loop of its own thread, for one test.
private func withServer(
    _ body: @escaping @Sendable (String) throws -> Void,
    handler: @escaping ControlServer.Handler = { _, _, connection in connection.send(.done(code: 7)) }
) throws {
    var template = Array("/tmp/harness-control-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        unlink("\(directory)/control")
        rmdir(directory)
    }
    let loop = try EventLoop()
    try loop.run {
        let server = try ControlServer(directory: directory, release: "1", on: loop, handler: handler)
        try await loop.offload { try body(directory) }
        server.close()
    }
}

private func connect(_ directory: String) throws -> PacketSocket {
    PacketSocket(adopting: try LocalSocket.connect(to: ControlClient.path(in: directory)))
}

@Suite("The control socket")
struct ControlTests {
    @Test("a request is answered")
    func answer() throws {
        try withServer { directory in
            let client = try ControlClient(directory: directory)
            try #require(try client.perform(.status, release: "1") == 7)
            try #require(client.monitor == getpid())
        }
    }

    @Test("a message too large for a packet arrives whole")
    func large() throws {
        var call = UpCall(source: UpCall.Source(currentDirectory: "/"))
        call.source.variables["LARGE"] = String(repeating: "x", count: 1 << 20)
        let sent = call
        try withServer { directory in
            let client = try ControlClient(directory: directory)
            try #require(try client.perform(.up(sent), release: "1") == 1 << 20)
        } handler: { request, _, connection in
            guard case .up(let call) = request else { return connection.send(.done(code: -1)) }
            connection.send(.done(code: Int32(call.source.variables["LARGE"]?.count ?? 0)))
        }
    }

    @Test("another version is told so, by its release")
    func version() throws {
        try withServer { directory in
            let socket = try connect(directory)
            try socket.send(Array(#"{"version":1000,"release":"9","request":{"unheard":{}}}"#.utf8))
            let answer = try #require(try socket.receive())
            try #require(String(decoding: answer.bytes, as: UTF8.self).contains("incompatible"))
        }
    }

    @Test(
        "nonsense gets an answer and harms nobody",
        arguments: ["", "x", "{}", "[1", #"{"version":2,"release":"1","request":{"no":{}}}"#])
    func nonsense(text: String) throws {
        try withServer { directory in
            let socket = try connect(directory)
            if !text.isEmpty {
                try socket.send(Array(text.utf8))
                _ = try socket.receive()
            }
            let client = try ControlClient(directory: directory)
            try #require(try client.perform(.status, release: "1") == 7)
        }
    }

    @Test("a packet that says its content is elsewhere, and brings none, is refused")
    func missingContent() throws {
        try withServer { directory in
            let socket = try connect(directory)
            try socket.send([0])
            let answer = try #require(try socket.receive())
            try #require(String(decoding: answer.bytes, as: UTF8.self).contains("can't read"))
        }
    }

    @Test("content that is a pipe and not memory is refused, and not waited for")
    func pipeContent() throws {
        try withServer { directory in
            let socket = try connect(directory)
            let pipe = try OwnedDescriptor.pipe()
            try socket.send([0], descriptors: [pipe.reader.rawValue])
            let answer = try #require(try socket.receive())
            try #require(String(decoding: answer.bytes, as: UTF8.self).contains("can't read"))
        }
    }

    @Test("one that does not read its answers holds up nobody, and is given up")
    func deaf() throws {
        try withServer { directory in
            let deaf = try ControlClient(directory: directory)
            try deaf.call(.status, release: "1")
            let client = try ControlClient(directory: directory)
            try #require(try client.perform(.stop(ServiceCall()), release: "1") == 7)
            var isGivenUp = false
            do {
                while true { _ = try deaf.next() }
            } catch {
                isGivenUp = true
            }
            try #require(isGivenUp)
        } handler: { request, _, connection in
            guard case .status = request else { return connection.send(.done(code: 7)) }
            while !connection.isClosed {
                connection.send(.progress(ControlProgress(line: String(repeating: "x", count: 4096), record: nil)))
            }
        }
    }

    @Test("nobody at the path is told from somebody")
    func nobody() throws {
        #expect(throws: ControlClient.Failure.noMonitor) { _ = try ControlClient(directory: "/nowhere") }
    }
}
