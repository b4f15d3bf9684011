import Glibc
import HTTPTypes
import LinuxKernel
import NIOCore
import NIOPosix
import OCI
import RegistryProtocol

/// The blobs that are on their way to the registry.
///
/// An upload that nobody has continued for the time given is forgotten, with what has come of it.
actor Uploads {
    private struct Session {
        var repository: String
        var file: SharedDescriptor
        var hasher = DigestHasher()
        var offset: Int64 = 0
        var isBusy = false
        var lastUse = ContinuousClock.now
    }

    private let storage: FolderStorage
    private let limit: Int
    private let blobLimit: Int64
    private let lifetime: Duration
    private var sessions: [String: Session] = [:]

    /// - Parameter lifetime: Since the last byte, or since the beginning.
    init(storage: FolderStorage, limit: Int, blobLimit: Int64, lifetime: Duration) {
        (self.storage, self.limit, self.blobLimit, self.lifetime) = (storage, limit, blobLimit, lifetime)
    }

    /// Forgets uploads that are older than their lifetime, again and again, until the task is cancelled.
    func collect() async {
        while !Task.isCancelled {
            forgetAbandoned()
            do {
                try await Task.sleep(for: min(lifetime, .seconds(60)))
            } catch {
                return
            }
        }
    }

    private func forgetAbandoned() {
        let now = ContinuousClock.now
        for (identifier, session) in sessions where !session.isBusy && now - session.lastUse >= lifetime {
            remove(identifier)
        }
    }

    /// Begins an upload; returns its identifier.
    func begin(in repository: String) throws -> String {
        forgetAbandoned()
        guard sessions.count < limit else {
            throw Refusal(.tooManyRequests, .tooManyRequests, "\(limit) uploads are under way; try again later")
        }
        let identifier = String((0..<32).compactMap { _ in "0123456789abcdef".randomElement() })
        let file = try OwnedDescriptor.open(path(identifier), O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
        sessions[identifier] = Session(repository: repository, file: SharedDescriptor(file))
        return identifier
    }

    /// How many bytes have come.
    func offset(_ identifier: String, in repository: String) throws -> Int64 {
        try session(identifier, repository).offset
    }

    /// Takes the next bytes, in order.
    ///
    /// - Parameters:
    ///   - start: Where the client says they begin; elsewhere than at the end is status 416.
    ///   - length: How many the client says there are; too many are refused before they come.
    /// - Returns: How many there are now.
    func append<Parts: AsyncSequence>(
        _ parts: Parts, from start: Int64?, length: Int64?, to identifier: String, in repository: String
    ) async throws -> Int64 where Parts.Element == ByteBuffer {
        var session = try take(identifier, repository)
        defer { release(identifier, session) }
        if let length, length > blobLimit - session.offset { throw tooLarge }
        if let start, start != session.offset {
            var refusal = Refusal(.rangeNotSatisfiable, .blobUploadInvalid, "the next byte is number \(session.offset)")
            refusal.headers[.range] = "0-\(max(0, session.offset - 1))"
            throw refusal
        }
        for try await part in parts {
            guard session.offset + Int64(part.readableBytes) <= blobLimit else { throw tooLarge }
            (session.hasher, session.offset) = try await Self.write(part, session.file, session.hasher, session.offset)
        }
        return session.offset
    }

    private var tooLarge: Refusal {
        Refusal(.contentTooLarge, .sizeInvalid, "a blob may have \(blobLimit) bytes here")
    }

    private static func write(
        _ part: ByteBuffer, _ file: SharedDescriptor, _ hasher: DigestHasher, _ offset: Int64
    ) async throws -> (DigestHasher, Int64) {
        try await NIOThreadPool.singleton.runIfActive {
            var (hasher, offset) = (hasher, offset)
            try part.withUnsafeReadableBytes { bytes in
                hasher.update(bytes)
                var rest = bytes[...]
                while !rest.isEmpty {
                    let slice = UnsafeRawBufferPointer(rebasing: rest)
                    let position = off_t(offset)
                    let count = try checked("pwrite", "an upload") {
                        pwrite(file.rawValue, slice.baseAddress, slice.count, position)
                    }
                    offset += Int64(count)
                    rest = rest.dropFirst(count)
                }
            }
            return (hasher, offset)
        }
    }

    /// Ends an upload: the blob is in the repository then, or nothing is.
    func finish(_ identifier: String, digest: Digest, in repository: String) async throws {
        let session = try take(identifier, repository)
        defer { remove(identifier) }
        let actual = session.hasher.finalize()
        guard actual == digest else {
            throw Refusal(.badRequest, .digestInvalid, "the content's digest is \(actual), not \(digest)")
        }
        let (storage, file, path) = (self.storage, session.file, path(identifier))
        try await NIOThreadPool.singleton.runIfActive {
            try checked("fdatasync", path) { fdatasync(file.rawValue) }
            try storage.place(path, as: digest, in: repository)
        }
    }

    /// Forgets an upload and what has come of it.
    func cancel(_ identifier: String, in repository: String) throws {
        _ = try take(identifier, repository)
        remove(identifier)
    }

    private func session(_ identifier: String, _ repository: String) throws -> Session {
        guard let session = sessions[identifier], session.repository == repository else {
            throw Refusal(.notFound, .blobUploadUnknown, "no such upload; it may have been given up for its age")
        }
        return session
    }

    private func take(_ identifier: String, _ repository: String) throws -> Session {
        let session = try session(identifier, repository)
        guard !session.isBusy else {
            throw Refusal(.conflict, .blobUploadInvalid, "another request is writing to this upload")
        }
        sessions[identifier]?.isBusy = true
        return session
    }

    private func release(_ identifier: String, _ session: Session) {
        var session = session
        session.isBusy = false
        session.lastUse = .now
        sessions[identifier] = session
    }

    private func remove(_ identifier: String) {
        sessions[identifier] = nil
        unlink(path(identifier))
    }

    private func path(_ identifier: String) -> String { "\(storage.root)/uploads/\(identifier)" }
}
