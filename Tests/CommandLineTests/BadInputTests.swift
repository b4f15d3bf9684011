import CLinux
import Glibc
import Testing

/// An input that can't work, and what has to be said about it.
struct BadInput: Sendable, CustomTestStringConvertible {
    var title: String
    /// The environment file; `nil`: there is none.
    var file: String?
    /// Acceptable exit codes: 65 where the file is wrong, 69 where the environment can't come up.
    var codes: [Int32]
    /// Words that the message must have.
    var words: [String]

    init(_ title: String, _ file: String?, _ codes: [Int32], _ words: String...) {
        (self.title, self.file, self.codes, self.words) = (title, file, codes, words)
    }

    var testDescription: String { title }
}

@Suite("Bad input", .needsRoot())
struct BadInputTests {
    static let table: [BadInput] = [
        BadInput("missing image", "services: {s: {image: no/such:image, pull_policy: never}}", [69], "no/such:image"),
        BadInput("unknown key", "services:\n  s: {image: busybox, volums: []}", [65], "volums", "volumes", ":2:"),
        BadInput(
            "cycle",
            "services:\n  a: {image: busybox, depends_on: [b]}\n  b: {image: busybox, depends_on: [c]}\n"
                + "  c: {image: busybox, depends_on: [a]}",
            [65], "a → b", "b (line 2)", "c (line 3)", "a (line 4)"),
        BadInput(
            "undefined volume", "services:\n  s: {image: busybox, volumes: ['data:/data']}", [65], "data", ":2:"),
        BadInput(
            "missing bind source", "services: {s: {image: busybox, configs: [c]}}\nconfigs: {c: {file: ./none}}",
            [65, 69], "none"),
        BadInput(
            "bind source that may not be made",
            "services: {s: {image: busybox, volumes: [{type: bind, source: ./none, target: /x, "
                + "bind: {create_host_path: false}}]}}",
            [65, 69], "none"),
        BadInput("undefined dependency", "services:\n  s: {image: busybox, depends_on: [db]}", [65], "db", ":2:"),
        BadInput("service without image", "services: {s: {command: [true]}}", [65], "image"),
        BadInput("wrong type", "services: [a, b]", [65], "services", ":1:"),
        BadInput("duplicate key", "services:\n  s: {image: busybox}\n  s: {image: busybox}", [65], "'s'", ":3:"),
        BadInput("not YAML", "services: {s: [", [65], "environment.yaml:"),
        BadInput("a binary file", "\u{7f}ELF\u{2}\u{1}\u{0}\u{0}", [65], "environment.yaml"),
        BadInput("unknown alias", "services: {s: *nobody}", [65], "nobody"),
        BadInput("an empty file", "", [65], "environment.yaml"),
        BadInput("a folder without a file", nil, [65], "environment.yaml"),
        BadInput("10 MB of [", String(repeating: "[", count: 10 << 20), [65], "environment.yaml:1:"),
        BadInput(
            "unknown user", "services: {s: {image: busybox, user: nobody-has-this-name}}", [69, 125],
            "nobody-has-this-name"),
        BadInput("unknown capability", "services:\n  s: {image: busybox, cap_add: [CAP_FLY]}", [65], "FLY", ":2:"),
        BadInput("missing variable", "services: {s: {image: '${NOWHERE:?set it}'}}", [65], "NOWHERE", "set it"),
    ]

    @Test("gives one clear message, soon", arguments: table)
    func message(input: BadInput) throws {
        let scratch = try Scratch()
        if let file = input.file { try scratch.write(file, to: "environment.yaml") }
        let outcome = try Harness.run(["run", scratch.path, "--", "true"], home: Store.withBusybox())
        #expect(input.codes.contains(outcome.code), "exit \(outcome.code): \(outcome.error)")
        for word in input.words { #expect(outcome.error.contains(word), "\(outcome.error)") }
        #expect(outcome.output.isEmpty)
        // A position, the line itself, a caret, and what to do; never a trace.
        #expect(outcome.error.split(separator: "\n").count <= 12, "\(outcome.error)")
        #expect(outcome.error.utf8.count < 4096)
        #expect(!outcome.error.contains("Fatal error"))
        #expect(outcome.duration < .seconds(30))
    }

    @Test("several mistakes are all told, in the order of the file")
    func allAtOnce() throws {
        let fixture = try Fixture(
            """
            services:
              a: {image: busybox, volums: []}
              b: {image: busybox, depends_on: [nobody]}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 65)
        let first = try #require(outcome.error.firstRange(of: "volums"))
        let second = try #require(outcome.error.firstRange(of: "nobody"))
        #expect(first.lowerBound < second.lowerBound)
    }

    @Test("a port that is taken is named, with who holds it")
    func portTaken() throws {
        let listener = try Listener()
        let fixture = try Fixture(
            "services: {s: {image: busybox, command: [sleep, '1000'], ports: ['\(listener.port):80']}}")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("\(listener.port)"))
        // What another user's process has open, only root sees.
        guard Caller.standard == .root else { return }
        #expect(outcome.error.contains("\(getpid())") || outcome.error.contains("Tests"), "\(outcome.error)")
    }

    @Test("a bind source that this user can't read is named")
    func unreadableBindSource() throws {
        let fixture = try Fixture("services: {s: {image: busybox, volumes: ['./loop:/x:ro']}}")
        // Root reads everything; what nobody can read is a link that leads to itself.
        symlink("loop", "\(fixture.scratch.path)/loop")
        let outcome = try fixture.run(["true"])
        #expect([65, 69].contains(outcome.code), "\(outcome.error)")
        #expect(outcome.error.contains("loop"))
    }
}

/// A TCP port of 127.0.0.1 that is in use as long as this lives.
final class Listener {
    private let descriptor: CInt
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = descriptor
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 1) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else { throw SpawnError(call: "bind", code: errno) }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
