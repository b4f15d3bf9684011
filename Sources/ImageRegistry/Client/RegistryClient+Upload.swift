import AsyncHTTPClient
import FoundationEssentials
import Glibc
import LinuxKernel
import NIOCore
import NIOHTTP1
import OCI
import RegistryProtocol
import Synchronization

/// What an upload has come to.
public enum UploadOutcome: Hashable, Sendable {
    /// The repository had the blob.
    case wasPresent
    /// The registry has taken it from another of its repositories.
    case mounted(from: String)
    /// It has been sent.
    case sent
}

extension RegistryClient {
    /// Puts a blob into a repository, sending it only where the registry has it in none that is named.
    ///
    /// - Parameters:
    ///   - file: A regular file of `size` bytes; its offset is not used.
    ///   - from: Repositories of this registry that may have it.
    ///   - progress: Called with how many bytes have been sent.
    /// - Throws: ``RegistryError``.
    public func upload(
        repository: String, digest: Digest, size: Int64, file: CInt, from: [String],
        progress: @escaping @Sendable (Int64) -> Void
    ) async throws(RegistryError) -> UploadOutcome {
        let origin = upstream
        return try await translating(origin.given.authority) {
            if try await self.hasBlob(repository: repository, digest: digest) { return .wasPresent }
            var failures = 0
            while true {
                do {
                    let opened = try await self.open(repository, digest, from, origin)
                    guard let location = opened.location else { return .mounted(from: opened.mountedFrom ?? "") }
                    try await self.send(location, repository, digest, size, file, origin, progress)
                    return .sent
                } catch let error as TransportError {
                    failures += 1
                    guard failures < origin.attempts else { throw error }
                    try await origin.pause(after: failures, error.detail)
                }
            }
        }
    }

    /// Begins an upload, or has the registry take the blob from another repository.
    private func open(
        _ repository: String, _ digest: Digest, _ from: [String], _ origin: Origin
    ) async throws -> (location: String?, mountedFrom: String?) {
        for source in from.prefix(3) where source != repository {
            var call = Origin.Call(method: .POST, path: "\(repository)/blobs/uploads/?mount=\(digest)&from=\(source)")
            call.scopes = [Self.pushScope(repository), Self.pullScope(source, origin)]
            call.headers.add(name: "content-length", value: "0")
            let answer = try await origin.perform(call)
            if answer.status == 201 { return (nil, source) }
            if answer.status == 202 { return (try await location(of: answer, origin), nil) }
            // Not allowed to read there, or a registry that knows no mounting: sent in the ordinary way.
            _ = try await answer.collect(upTo: 1 << 20)
        }
        var call = Origin.Call(method: .POST, path: "\(repository)/blobs/uploads/")
        call.scopes = [Self.pushScope(repository)]
        call.headers.add(name: "content-length", value: "0")
        let answer = try await origin.perform(call)
        guard answer.status == 202 else { throw try await answer.failure("an upload to \(repository)") }
        return (try await location(of: answer, origin), nil)
    }

    private func location(of answer: Transport.Answer, _ origin: Origin) async throws -> String {
        _ = try await answer.collect(upTo: 1 << 20)
        let base = try await origin.endpoint().url("")
        guard let field = answer.headers.first(name: "location"),
            let location = URL(string: field, relativeTo: URL(string: base))?.absoluteString
        else { throw RegistryError(.answerInvalid, "\(answer.endpoint.authority) does not say where an upload goes") }
        let target = try Transport.endpoint(of: location)
        let endpoint = try await origin.endpoint()
        guard target.scheme == .https || endpoint.scheme == .http else {
            throw RegistryError(
                .untrusted, "\(answer.endpoint.authority) sends an upload from TLS to plain HTTP at \(target.authority)"
            )
        }
        return location
    }

    private func send(
        _ location: String, _ repository: String, _ digest: Digest, _ size: Int64, _ file: CInt, _ origin: Origin,
        _ progress: @escaping @Sendable (Int64) -> Void
    ) async throws {
        let separator = location.contains("?") ? "&" : "?"
        var call = Origin.Call(method: .PUT, path: "\(location)\(separator)digest=\(digest)")
        call.scopes = [Self.pushScope(repository)]
        call.isTriedOnce = true
        call.isUnbounded = true
        call.headers.add(name: "content-type", value: "application/octet-stream")
        let sent = SentBytes()
        call.body = {
            sent.count.store(0, ordering: .relaxed)
            let parts = FileParts(file: file, size: size) {
                sent.count.store($0, ordering: .relaxed)
                progress($0)
            }
            return .stream(parts, length: .known(size))
        }
        let request = call
        let limits = transport.limits
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let answer = try await origin.perform(request)
                guard answer.status == 201 else { throw try await answer.failure("blob \(digest) for \(repository)") }
                _ = try await answer.collect(upTo: 1 << 20)
            }
            group.addTask { try await sent.watch(size: size, limits) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// How much of an upload has gone out.
private final class SentBytes: Sendable {
    let count = Atomic<Int64>(0)

    /// Ends with an error where a registry takes too little, or does not answer when it has taken everything.
    func watch(size: Int64, _ limits: TransportLimits) async throws {
        var before: Int64 = 0
        while true {
            try await Task.sleep(for: limits.progressWindow)
            let now = count.load(ordering: .relaxed)
            if now >= size { break }
            // Less than before: it was begun anew, with better proof of who the user is.
            let taken = now - min(before, now)
            guard taken >= Int64(limits.leastProgress) else {
                let seconds = limits.progressWindow.components.seconds
                throw TransportError(.silence, "it has taken \(taken) bytes of a blob in \(seconds) s")
            }
            before = now
        }
        try await Task.sleep(for: limits.document)
        throw TransportError(.silence, "no answer to an upload that is complete")
    }
}

/// A file's bytes from its start, in pieces of 256 KiB.
private struct FileParts: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let file: CInt
    let size: Int64
    let progress: @Sendable (Int64) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(parts: self) }

    struct Iterator: AsyncIteratorProtocol {
        let parts: FileParts
        var offset: Int64 = 0

        mutating func next() async throws -> ByteBuffer? {
            guard offset < parts.size else { return nil }
            let (file, position) = (parts.file, offset)
            let wanted = Int(Swift.min(256 << 10, parts.size - offset))
            var buffer = ByteBufferAllocator().buffer(capacity: wanted)
            let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
                try checked("pread", "a blob") { pread(file, target.baseAddress, wanted, off_t(position)) }
            }
            guard count > 0 else {
                throw RegistryError(.configuration, "a blob of the store is shorter than it should be")
            }
            offset += Int64(count)
            parts.progress(offset)
            return buffer
        }
    }
}
