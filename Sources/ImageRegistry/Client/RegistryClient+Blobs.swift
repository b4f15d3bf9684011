import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OCI
import RegistryProtocol

extension RegistryClient {
    /// Whether a repository has a blob.
    public func hasBlob(repository: String, digest: Digest) async throws(RegistryError) -> Bool {
        try await translating(upstream.given.authority) {
            var call = Origin.Call(method: .HEAD, path: "\(repository)/blobs/\(digest)")
            call.scopes = [Self.pushScope(repository)]
            let answer = try await self.upstream.perform(call)
            _ = try await answer.collect(upTo: 1 << 20)
            guard [200, 404].contains(answer.status) else { throw try await answer.failure("blob of \(repository)") }
            return answer.status == 200
        }
    }

    /// Fetches a blob, or what is missing of it.
    ///
    /// A download that breaks goes on where it was, by a request for the rest.
    ///
    /// - Parameters:
    ///   - size: In bytes; more is refused, and less is no blob.
    ///   - offset: So many bytes are not needed. What follows can't be checked then: that is the receiver's.
    ///   - take: Gets the bytes in order; what it throws ends the work.
    /// - Throws: ``RegistryError``: `digestMismatch`, `limitExceeded`, `notFound`, `unreachable`, ….
    public func blob(
        repository: String, digest: Digest, size: Int64, offset: Int64 = 0,
        take: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws(RegistryError) {
        try await translating(upstream.given.authority) {
            let download = BlobDownload(
                digest: digest, size: size, offset: offset, limits: self.transport.limits, take: take)
            try await self.firstOf { origin in
                try await download.run(repository, origin)
            }
        }
    }
}

/// A blob on its way: how far it has come, whoever sends it.
private actor BlobDownload {
    private let digest: Digest
    private let size: Int64
    private let limits: TransportLimits
    private let take: @Sendable (ByteBuffer) async throws -> Void
    private var position: Int64
    private var hasher: DigestHasher?

    /// Progress that makes up for earlier failures: a registry that gives a byte a time ends nevertheless.
    private static let redemption: Int64 = 1 << 20

    init(
        digest: Digest, size: Int64, offset: Int64, limits: TransportLimits,
        take: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) {
        (self.digest, self.size, self.limits, self.take) = (digest, size, limits, take)
        position = offset
        hasher = offset == 0 ? DigestHasher() : nil
    }

    func run(_ repository: String, _ origin: Origin) async throws {
        var failures = 0
        while position < size || size == 0 {
            let before = position
            do {
                try await receive(repository, origin)
                if size == 0 { break }
            } catch let error as TransportError where ![.certificate, .notTLS].contains(error.cause) {
                // All that was wanted has come: how the answer ended does not matter.
                if position == size, size > 0 { break }
                failures = position - before >= Self.redemption ? 1 : failures + 1
                guard failures < origin.attempts else { throw error }
                let part = "after \(position) of \(size) bytes of \(digest.hex.prefix(12))"
                try await origin.pause(after: failures, "\(error.detail) \(part)")
            }
        }
        if let actual = hasher?.finalize(), actual != digest {
            throw RegistryError(
                .digestMismatch, "\(origin.given.authority) sends other content for \(digest): its digest is \(actual)",
                remedy: "the registry or a proxy on the way is damaged; try a mirror, or later")
        }
    }

    private func receive(_ repository: String, _ origin: Origin) async throws {
        var call = Origin.Call(path: "\(repository)/blobs/\(digest)")
        call.scopes = [RegistryClient.pullScope(repository, origin)]
        if position > 0 { call.headers.add(name: "range", value: "bytes=\(position)-") }
        let answer = try await origin.perform(call)
        var skipped: Int64
        switch answer.status {
        case 200: skipped = position
        case 206:
            guard Self.start(answer.headers.first(name: "content-range")) == position else {
                throw RegistryError(
                    .answerInvalid,
                    "\(answer.endpoint.authority) sends another part of blob \(digest) than was asked for")
            }
            skipped = 0
        default: throw try await answer.failure("blob \(digest) of \(repository)")
        }
        var window = (start: ContinuousClock.now, bytes: 0)
        do {
            for try await part in answer.body {
                var part = part
                window.bytes += part.readableBytes
                try check(&window, answer.endpoint.authority)
                if skipped > 0 {
                    let count = Int(min(skipped, Int64(part.readableBytes)))
                    part.moveReaderIndex(forwardBy: count)
                    skipped -= Int64(count)
                }
                try await accept(part, answer.endpoint.authority)
            }
        } catch {
            try Task.checkCancellation()
            throw TransportError(error) ?? error
        }
        if position < size { throw shortfall(answer) }
    }

    /// Of an answer that ended in good order without the whole blob: whether there is more of it to be had.
    private func shortfall(_ answer: Transport.Answer) -> any Error {
        let whole =
            answer.status == 200
            ? answer.headers.first(name: "content-length").flatMap { Int64($0) }
            : answer.headers.first(name: "content-range")?.split(separator: "/").last.flatMap { Int64($0) }
        guard let whole, whole < size else { return TransportError(.connection, "the answer ended early") }
        return RegistryError(
            .answerInvalid, "\(answer.endpoint.authority) has \(whole) bytes of blob \(digest), which has \(size) bytes"
        )
    }

    private func accept(_ part: ByteBuffer, _ host: String) async throws {
        guard part.readableBytes > 0 else { return }
        guard position + Int64(part.readableBytes) <= size else {
            throw RegistryError(.limitExceeded, "\(host) sends more than the \(size) bytes of blob \(digest)")
        }
        part.withUnsafeReadableBytes { hasher?.update($0) }
        position += Int64(part.readableBytes)
        try await take(part)
    }

    private func check(_ window: inout (start: ContinuousClock.Instant, bytes: Int), _ host: String) throws {
        let now = ContinuousClock.now
        guard now - window.start >= limits.progressWindow else { return }
        guard window.bytes >= limits.leastProgress else {
            throw RegistryError(
                .limitExceeded,
                "\(host) sends too slowly: \(window.bytes) bytes in \((now - window.start).components.seconds) s",
                remedy: "try again, or from a mirror")
        }
        window = (now, 0)
    }

    /// `bytes START-END/SIZE`
    private static func start(_ field: String?) -> Int64? {
        guard let field, field.hasPrefix("bytes ") else { return nil }
        return Int64(field.dropFirst("bytes ".count).prefix { $0.isNumber })
    }
}
