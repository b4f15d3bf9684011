import FoundationEssentials
import Glibc
import LinuxKernel
import OCI
import RegistryProtocol

/// A program `docker-credential-NAME`, which keeps credentials where they are safer than in a file.
///
/// Its protocol is that of Docker's credential helpers: a verb as argument; the server, or a JSON object, on standard
/// input; a JSON object on standard output.
struct CredentialHelper {
    private let name: String
    private let searchPath: String
    /// How long it may take: it may ask its user something.
    private static let patience: CInt = 60_000

    init(name: String, searchPath: String) throws(RegistryError) {
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
        guard isName else {
            throw RegistryError(.configuration, "'\(name.printable(limit: 60))' is no name of a credential helper")
        }
        self.name = name
        self.searchPath = searchPath
    }

    private var program: String { "docker-credential-\(name)" }

    /// What it has for a server; `nil` for nothing.
    func credential(for server: String) throws(RegistryError) -> Credential? {
        let result = try run("get", input: Array(server.utf8))
        let text = String(decoding: result.output, as: UTF8.self)
        if result.code != 0 {
            // The one message that the protocol gives a meaning to.
            if text.lowercased().contains("credentials not found") { return nil }
            throw failure("get", text)
        }
        do {
            let node = try JSONNode(result.output, document: "answer of \(program)")
            let username = try node.optional("Username")?.string() ?? ""
            let secret = try node.required("Secret").string()
            return username == "<token>" ? .identityToken(secret) : .password(username: username, password: secret)
        } catch {
            throw RegistryError(.configuration, "\(error)")
        }
    }

    func store(_ server: String, username: String, password: String) throws(RegistryError) {
        struct Entry: Encodable {
            var ServerURL: String
            var Username: String
            var Secret: String
        }
        let input: [UInt8]
        do {
            input = Array(try JSONEncoder().encode(Entry(ServerURL: server, Username: username, Secret: password)))
        } catch {
            throw RegistryError(.configuration, "\(error)")
        }
        let result = try run("store", input: input)
        guard result.code == 0 else { throw failure("store", String(decoding: result.output, as: UTF8.self)) }
    }

    /// Forgets a server; that it knew none is no failure.
    func erase(_ server: String) throws(RegistryError) {
        let result = try run("erase", input: Array(server.utf8))
        let text = String(decoding: result.output, as: UTF8.self)
        guard result.code == 0 || text.lowercased().contains("credentials not found") else {
            throw failure("erase", text)
        }
    }

    private func failure(_ verb: String, _ text: String) -> RegistryError {
        RegistryError(
            .configuration, "'\(program) \(verb)' failed: \(text.printable())",
            remedy: "try 'docker-credential-\(name) list', or take it out of Docker's configuration file")
    }

    private func run(_ verb: String, input: [UInt8]) throws(RegistryError) -> (code: CInt, output: [UInt8]) {
        do {
            guard let path = find() else {
                throw RegistryError(
                    .configuration, "the credential helper \(program) is not installed",
                    remedy: "install it, or take it out of Docker's configuration file")
            }
            let toChild = try OwnedDescriptor.pipe()
            let fromChild = try OwnedDescriptor.pipe()
            var spawn = Spawn([path, verb])
            spawn.descriptors = [
                (caller: toChild.reader.rawValue, program: 0), (caller: fromChild.writer.rawValue, program: 1),
            ]
            let pid = try spawn.start()
            // Into the pipe while its other end is open here too: a program that ends without reading is no signal.
            try writeAll(input, to: toChild.writer.rawValue)
            _ = toChild.takeReader()
            let reader = fromChild.takeReader()
            let output = Result { try Self.read(reader.rawValue) }
            // One that has not come to its end, or says more than anybody reads, is not waited for.
            if case .failure = output { kill(pid, SIGKILL) }
            var status: CInt = 0
            try checked("waitpid") { waitpid(pid, &status, 0) }
            return (status & 0x7f == 0 ? (status >> 8) & 0xff : -1, try output.get())
        } catch let error as RegistryError {
            throw error
        } catch {
            throw RegistryError(.configuration, "\(program): \(error)")
        }
    }

    private func find() -> String? {
        for directory in searchPath.split(separator: ":") where access("\(directory)/\(program)", X_OK) == 0 {
            return "\(directory)/\(program)"
        }
        return nil
    }

    /// At most 1 MiB, and not longer than its patience lasts.
    private static func read(_ descriptor: CInt) throws -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard try checked("poll", "", { poll(&polled, 1, patience) }) > 0 else {
                throw SystemCallError(call: "poll", errno: ETIMEDOUT, subject: "no answer within a minute")
            }
            let count = try checked("read") { Glibc.read(descriptor, &buffer, buffer.count) }
            if count == 0 { break }
            output += buffer[..<count]
            guard output.count < 1 << 20 else {
                throw SystemCallError(call: "read", errno: EFBIG, subject: "its answer")
            }
        }
        return output
    }
}
