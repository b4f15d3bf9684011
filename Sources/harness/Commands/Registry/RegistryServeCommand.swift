import ArgumentParser
import FoundationEssentials
import Glibc
import ImageStore
import ImageTransfer
import LinuxKernel
import RegistryProtocol

/// `harness registry serve`
struct RegistryServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Be a registry: push and pull by the OCI distribution specification.",
        discussion: """
            Prints its address when it listens; ends at SIGTERM or Ctrl-C, after the requests that have begun. Started by \
            root, it reads certificates and passwords and then becomes the user of --user.

              harness registry serve --address 127.0.0.1:5000 --root /srv/registry
              harness registry serve --address :5000 --root /srv/registry --tls-self-signed --htpasswd users
              harness registry serve --root /srv/cache --proxy docker.io=https://registry-1.docker.io
            """)

    @Option(help: "HOST:PORT to listen at; port 0 takes one that is free, no host means all addresses.")
    var address = "127.0.0.1:5000"

    @Option(help: "The folder that everything is kept in; made where it is missing.", completion: .directory)
    var root: String?

    @Flag(help: "Give out the images of this machine's own store, for reading, instead of a folder's.")
    var store = false

    @Option(help: "A file of PEM certificates, the server's own first.", completion: .file())
    var tlsCert: String?

    @Option(help: "The file of its key.", completion: .file())
    var tlsKey: String?

    @Flag(help: "Make a certificate, and keep it in ROOT/tls/cert.pem, where clients take it from.")
    var tlsSelfSigned = false

    @Option(help: "A further name or address for the certificate that is made; repeatable.")
    var tlsName: [String] = []

    @Option(help: "A file of users, made by 'htpasswd -B'.", completion: .file())
    var htpasswd: String?

    @Flag(help: "Refuse to take or delete anything.")
    var readOnly = false

    @Option(help: "NAME=URL: be a cache of that registry; its images are below NAME/ here. Repeatable.")
    var proxy: [String] = []

    @Option(help: "Seconds for which a tag of such a registry is not asked for again.")
    var proxyTagLifetime = 60

    @Option(help: "Connections at the same time; more wait.")
    var maxConnections = 512

    @Option(help: "Uploads under way at the same time; more are refused.")
    var maxUploads = 256

    @Option(help: "Seconds after which an upload that nobody goes on with is forgotten.")
    var uploadLifetime = 3600

    @Option(help: "Bytes that a blob may have.")
    var maxBlobBytes: Int64 = 64 << 30

    @Option(help: "Seconds in which a client must send a request's head, or go on with what it has begun.")
    var clientTimeout = 30

    @Option(help: "USER[:GROUP] that the server becomes where root starts it; nobody by default.")
    var user: String?

    @Flag(name: [.short, .long], help: "Do not tell requests on standard error.")
    var quiet = false

    mutating func run() throws {
        try reportingFailure {
            let configuration = try self.configuration()
            let program = try HelperProgram.path()
            let text = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
            // The server takes this process over: signals, terminal and exit code are its own.
            _ = withCStrings([program, "serve", text]) { execv(program, $0) }
            throw SystemCallError(call: "execve", errno: errno, subject: program)
        }
    }

    private func configuration() throws -> ServeConfiguration {
        let (host, port) = try Self.split(address)
        guard root != nil || (store && !tlsSelfSigned) else {
            throw Failure("--root names the folder that is served, and keeps a certificate that is made", code: .usage)
        }
        guard !store || proxy.isEmpty else {
            throw Failure("--proxy needs a folder of its own: leave --store out", code: .usage)
        }
        var configuration = ServeConfiguration(host: host, port: port, root: Self.absolute(root ?? ""))
        if store { configuration.store = try ImageCommand.store().location.root }
        guard (tlsCert == nil) == (tlsKey == nil), !tlsSelfSigned || tlsCert == nil else {
            throw Failure("TLS needs --tls-cert and --tls-key together, or --tls-self-signed alone", code: .usage)
        }
        guard tlsName.isEmpty || tlsSelfSigned else {
            throw Failure("--tls-name is for --tls-self-signed", code: .usage)
        }
        configuration.certificate = tlsCert.map(Self.absolute)
        configuration.key = tlsKey.map(Self.absolute)
        if tlsSelfSigned {
            let isAny = ["0.0.0.0", "::"].contains(host)
            var names = ["localhost", "127.0.0.1", "::1"] + (isAny ? [Self.hostName()] : [host]) + tlsName
            var seen: Set<String> = []
            names = names.filter { !$0.isEmpty && seen.insert($0).inserted }
            configuration.selfSignedNames = names
        }
        configuration.passwordFile = htpasswd.map(Self.absolute)
        configuration.isReadOnly = readOnly
        configuration.upstreams = try proxy.map(Self.upstream)
        configuration.tagLifetime = try Self.checked(proxyTagLifetime, 0...31_536_000, "--proxy-tag-lifetime")
        configuration.connectionLimit = try Self.checked(maxConnections, 1...100_000, "--max-connections")
        configuration.uploadLimit = try Self.checked(maxUploads, 1...100_000, "--max-uploads")
        configuration.uploadLifetime = try Self.checked(uploadLifetime, 1...31_536_000, "--upload-lifetime")
        configuration.blobLimit = try Self.checked(maxBlobBytes, 1...Int64.max, "--max-blob-bytes")
        configuration.patience = try Self.checked(clientTimeout, 1...3600, "--client-timeout")
        configuration.user = user
        configuration.isQuiet = quiet
        return configuration
    }

    private static func checked<Number: FixedWidthInteger>(
        _ number: Number, _ range: ClosedRange<Number>, _ option: String
    ) throws -> Number {
        guard range.contains(number) else {
            throw Failure("\(option) is \(range.lowerBound) to \(range.upperBound)", code: .usage)
        }
        return number
    }

    /// `HOST:PORT`, `:PORT`, `[ADDRESS]:PORT`.
    private static func split(_ address: String) throws -> (host: String, port: Int) {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw Failure("'\(address)' is not HOST:PORT", code: .usage) }
        var host = String(address[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }

    private static func upstream(_ text: String) throws -> ServeConfiguration.Upstream {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw Failure(
                "'\(text)' is not NAME=URL", remedy: "for example --proxy docker.io=https://registry-1.docker.io",
                code: .usage)
        }
        let name = String(text[..<equals])
        // It becomes the first component of repositories' names.
        guard name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "." || $0 == "-") }),
            name.first != ".", name.first != "-", name.last != ".", name.last != "-", !name.contains("..")
        else { throw Failure("'\(name)' can't be a part of a repository's name", code: .usage) }
        return ServeConfiguration.Upstream(name: name, url: String(text[text.index(after: equals)...]))
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(EnvironmentSource.currentDirectory())/\(path)"
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
