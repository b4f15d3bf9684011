import Glibc
import ImageRegistry
import LinuxKernel
import NIOPosix
import OCI
import RegistryProtocol

/// Answers `harness` until it closes the socket.
final class Session: Sendable {
    private let socket: ControlSocket
    private let client: RegistryClient

    private init(_ socket: ControlSocket, _ client: RegistryClient) {
        (self.socket, self.client) = (socket, client)
    }

    /// Reads the first request and what it needs, and gives up privileges.
    ///
    /// To be called while the process has one thread: what forbids gaining privileges by execve(2) is each thread's own,
    /// and goes to those that it starts.
    ///
    /// - Returns: `nil` where all is done, or nobody is there any more.
    static func prepare() -> Session? {
        guard fcntl(ControlSocket.helperDescriptor, F_GETFD) != -1 else {
            Main.fail("harness-registry is started by harness", code: 64)
        }
        let socket = ControlSocket(adopting: OwnedDescriptor(adopting: ControlSocket.helperDescriptor))
        _ = fcntl(ControlSocket.helperDescriptor, F_SETFD, FD_CLOEXEC)
        do {
            guard let (request, descriptors) = try socket.receive(RegistryRequest.self) else { return nil }
            for descriptor in descriptors { close(descriptor) }
            return try begin(request, socket)
        } catch {
            // Nobody is there any more, or not one who speaks this protocol.
            exit(1)
        }
    }

    /// Answers until the socket ends; returns the exit code.
    func run() async -> CInt {
        do {
            try await serve()
            // At once: nobody waits for connections to be closed in good order.
            return 0
        } catch {
            return 1
        }
    }

    /// The first request says what the process is for.
    private static func begin(
        _ request: RegistryRequest, _ socket: ControlSocket
    ) throws(RegistryError) -> Session? {
        do throws(RegistryError) {
            switch request.operation {
            case .keepCredentials(let registry, let username, let password):
                let outcome = try CredentialKeeping.perform(registry, username, password)
                try socket.send(RegistryReply(id: request.id, content: .done(outcome)))
                return nil
            case .open(let options):
                let client = try makeClient(options, socket)
                do {
                    try Privileges.drop()
                } catch {
                    throw RegistryError(.helper, "the registry helper keeps its privileges: \(error)")
                }
                try socket.send(RegistryReply(id: request.id, content: .done(RegistryReply.Outcome())))
                return Session(socket, client)
            default: throw RegistryError(.helper, "the registry helper was not told which registry is meant")
            }
        } catch {
            try socket.send(RegistryReply(id: request.id, content: .failed(error)))
            return nil
        }
    }

    private static func makeClient(_ options: SessionOptions, _ socket: ControlSocket) throws(RegistryError)
        -> RegistryClient
    {
        let environment = { (name: String) in getenv(name).map { String(cString: $0) } }
        var configuration = RegistryClient.Configuration(registry: options.registry)
        configuration.isInsecure = options.isInsecure
        configuration.usesMirrors = !options.isForPushing
        configuration.settings = try RegistrySettings(environment: environment)
        configuration.credential = options.credentials.map {
            .password(username: $0.username, password: $0.password)
        }
        if let folder = environment("HARNESS_CERTS"), !folder.isEmpty {
            configuration.certificateFolders.insert(folder, at: 0)
        }
        if let text = environment("HARNESS_REGISTRY_TIMEOUT"), !text.isEmpty {
            guard let seconds = Int(text), (1...3600).contains(seconds) else {
                throw RegistryError(
                    .configuration, "HARNESS_REGISTRY_TIMEOUT is '\(text.printable(limit: 40))'",
                    remedy: "set it to 1...3600 seconds")
            }
            configuration.limits.silence = .seconds(seconds)
            configuration.limits.connect = .seconds(min(seconds, 20))
            configuration.limits.document = .seconds(2 * seconds)
            configuration.limits.progressWindow = .seconds(2 * seconds)
            configuration.limits.leastProgress = 2048 * seconds
        }
        return try RegistryClient(configuration, environment: environment) { text in
            do throws(RegistryError) {
                try socket.send(RegistryReply(id: 0, content: .notice(text)))
            } catch {
                // The other side is gone: nobody waits for anything any more.
                exit(1)
            }
        }
    }

    /// Starts a task for each request; returns when the socket ends. What is unfinished then ends with the process.
    private func serve() async throws(RegistryError) {
        let (requests, continuation) = AsyncStream.makeStream(of: (RegistryRequest, [CInt]).self)
        do {
            try WorkThread { [socket] in
                do {
                    while let received = try socket.receive(RegistryRequest.self) { continuation.yield(received) }
                } catch {
                    // Told by the end of the stream.
                }
                continuation.finish()
            }.detach()
        } catch {
            throw RegistryError(.helper, error.description)
        }
        for await (request, descriptors) in requests {
            Task { await self.answer(request, Descriptors(descriptors)) }
        }
    }

    private func answer(_ request: RegistryRequest, _ descriptors: Descriptors) async {
        let content: RegistryReply.Content
        do throws(RegistryError) {
            content = .done(try await perform(request, descriptors))
        } catch {
            content = .failed(error)
        }
        // Before the answer: whoever reads from the pipe sees its end.
        descriptors.close()
        do throws(RegistryError) {
            try socket.send(RegistryReply(id: request.id, content: content))
        } catch {
            exit(1)
        }
    }

    private func perform(
        _ request: RegistryRequest, _ descriptors: Descriptors
    ) async throws(RegistryError) -> RegistryReply.Outcome {
        var outcome = RegistryReply.Outcome()
        switch request.operation {
        case .open, .keepCredentials: throw RegistryError(.helper, "the session is open already")
        case .verify: outcome.place = try await client.verify()
        case .manifest(let repository, let reference):
            let manifest = try await client.manifest(repository: repository, reference: reference)
            try await PipeWriter(try descriptors.first).write(manifest.bytes)
            (outcome.mediaType, outcome.digest) = (manifest.mediaType, manifest.digest.description)
        case .blob(let repository, let digest, let size, let offset):
            let writer = PipeWriter(try descriptors.first)
            try await client.blob(repository: repository, digest: try Self.digest(digest), size: size, offset: offset) {
                try await writer.write($0)
            }
        case .hasBlob(let repository, let digest):
            outcome.isPresent = try await client.hasBlob(repository: repository, digest: try Self.digest(digest))
        case .upload(let repository, let digest, let size, let from):
            let meter = UploadMeter(socket, id: request.id)
            let result = try await client.upload(
                repository: repository, digest: try Self.digest(digest), size: size, file: try descriptors.first,
                from: from,
                progress: { meter.show($0) })
            switch result {
            case .wasPresent: outcome.isPresent = true
            case .mounted(let source): outcome.mountedFrom = source
            case .sent: outcome.isPresent = false
            }
        case .putManifest(let repository, let reference, let mediaType, let size):
            let bytes = try FileContents.read(try descriptors.first, size: size)
            try await client.putManifest(bytes, mediaType: mediaType, repository: repository, reference: reference)
        case .catalog: try await PipeWriter(try descriptors.first).write(lines: try await client.catalog())
        case .tags(let repository):
            try await PipeWriter(try descriptors.first).write(lines: try await client.tags(repository: repository))
        }
        return outcome
    }

    private static func digest(_ text: String) throws(RegistryError) -> Digest {
        do {
            return try Digest(text)
        } catch {
            throw RegistryError(.answerInvalid, "\(error)")
        }
    }
}
