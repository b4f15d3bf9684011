import HTTPTypes
import Hummingbird
import LinuxKernel
import Glibc
import NIOCore
import NIOPosix
import OCI

extension RegistryResponder {
    func manifest(_ name: Route.ManifestName, _ repository: String) async throws -> Response {
        let found: StoredManifest?
        if let cache, cache.upstream(of: repository) != nil {
            found = try await cache.manifest(name, in: repository)
        } else {
            found = try await offloaded {
                switch name {
                case .digest(let digest): try contents.manifest(digest, in: repository)
                case .tag(let tag):
                    try contents.tag(tag, in: repository).flatMap { try contents.manifest($0, in: repository) }
                }
            }
        }
        guard let found else { throw Refusal(.notFound, .manifestUnknown, "\(repository) has no such manifest") }
        return Response(
            status: .ok, headers: [.contentType: found.mediaType, .contentDigest: found.digest.description],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: found.bytes)))
    }

    func putManifest(_ name: Route.ManifestName, _ repository: String, _ request: Request) async throws -> Response {
        let storage = try writable().storage
        if let length = Self.length(request), length > ManifestCheck.sizeLimit {
            throw Refusal(.contentTooLarge, .sizeInvalid, "a manifest may have 4 MiB")
        }
        var bytes: [UInt8] = []
        for try await part in request.body {
            bytes.append(contentsOf: part.readableBytesView)
            guard bytes.count <= ManifestCheck.sizeLimit else {
                throw Refusal(.contentTooLarge, .sizeInvalid, "a manifest may have 4 MiB")
            }
        }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.filter { $0 != " " }
        guard MediaType.isIndex(type) || MediaType.isManifest(type) else {
            throw Refusal(.badRequest, .manifestInvalid, "the Content-Type is that of no manifest that is taken here")
        }
        let check = try ManifestCheck(bytes, mediaType: type)
        let manifest = StoredManifest(bytes: bytes, mediaType: type, digest: Digest(of: bytes))
        var tag: String?
        switch name {
        case .tag(let text): tag = text
        case .digest(let digest):
            guard digest == manifest.digest else {
                throw Refusal(.badRequest, .digestInvalid, "the manifest's digest is \(manifest.digest)")
            }
        }
        try await offloaded { [tag] in
            for blob in check.blobs where try storage.openBlob(blob, in: repository) == nil {
                throw Refusal(.badRequest, .manifestBlobUnknown, "\(repository) has no blob \(blob)")
            }
            for child in check.manifests where try storage.manifest(child, in: repository) == nil {
                throw Refusal(.badRequest, .manifestBlobUnknown, "\(repository) has no manifest \(child)")
            }
            try storage.put(manifest, tag: tag, subject: check.subject, in: repository)
        }
        var response = Self.created("/v2/\(repository)/manifests/\(manifest.digest)", manifest.digest)
        if let subject = check.subject { response.headers[.subject] = subject.description }
        return response
    }

    func deleteManifest(_ name: Route.ManifestName, _ repository: String) async throws -> Response {
        let storage = try writable().storage
        let isRemoved = try await offloaded {
            switch name {
            case .tag(let tag): try storage.removeTag(tag, in: repository)
            case .digest(let digest): try storage.removeManifest(digest, in: repository)
            }
        }
        guard isRemoved else { throw Refusal(.notFound, .manifestUnknown, "\(repository) has no such manifest") }
        return Response(status: .accepted)
    }

    /// `POST …/blobs/uploads/`: takes a blob over from another repository, takes it whole, or begins an upload.
    func beginUpload(_ repository: String, _ request: Request) async throws -> Response {
        let (storage, uploads) = try writable()
        if let text = Self.query("mount", request) {
            let digest = try Route.digest(text)
            if let from = Self.query("from", request) {
                let source = try Route.repository(
                    from.replacing("%2F", with: "/").replacing("%2f", with: "/")
                        .split(separator: "/", omittingEmptySubsequences: false).map(String.init))
                if try await offloaded({ try storage.mount(digest, from: source, to: repository) }) {
                    return Self.created("/v2/\(repository)/blobs/\(digest)", digest)
                }
            }
        }
        let digest = Self.query("digest", request) == nil ? nil : try Self.digest(request)
        let identifier = try await uploads.begin(in: repository)
        guard let digest else { return Self.upload(.accepted, repository, identifier, 0) }
        do {
            _ = try await uploads.append(
                request.body, from: nil, length: Self.length(request), to: identifier, in: repository)
        } catch {
            try await uploads.cancel(identifier, in: repository)
            throw error
        }
        try await uploads.finish(identifier, digest: digest, in: repository)
        return Self.created("/v2/\(repository)/blobs/\(digest)", digest)
    }

    func blob(_ digest: Digest, _ repository: String, _ request: Request) async throws -> Response {
        if let blob = try await offloaded({ try contents.openBlob(digest, in: repository) }) {
            return try Self.content(digest, size: blob.size, request) { range in
                Self.body(blob, range) { _ in blob.size }
            }
        }
        if let cache, cache.upstream(of: repository) != nil {
            if let download = try await cache.download(digest, in: repository) {
                let blob = StoredBlob(size: download.size, descriptor: download.file.rawValue, owner: download.file)
                return try Self.content(digest, size: blob.size, request) { range in
                    Self.body(blob, range) { try await download.available(after: $0) }
                }
            }
        }
        throw Self.blobUnknown(digest, repository)
    }

    private static func content(
        _ digest: Digest, size: Int64, _ request: Request, body: (Range<Int64>) -> ResponseBody
    ) throws(Refusal) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .contentDigest: digest.description, .acceptRanges: "bytes",
            .eTag: "\"\(digest)\"",
        ]
        guard let text = request.headers[.range], request.method == .get else {
            headers[.contentLength] = "\(size)"
            return Response(status: .ok, headers: headers, body: body(0..<size))
        }
        guard let range = range(text, size) else {
            var refusal = Refusal(.rangeNotSatisfiable, .sizeInvalid, "the blob has \(size) bytes")
            refusal.headers[.contentRange] = "bytes */\(size)"
            throw refusal
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        return Response(status: .partialContent, headers: headers, body: body(range))
    }

    /// One range of RFC 9110, section 14.1.2; `nil` of what can't be satisfied or is several.
    static func range(_ text: String, _ size: Int64) -> Range<Int64>? {
        guard text.hasPrefix("bytes=") else { return nil }
        let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, size > 0 else { return nil }
        if ends[0].isEmpty {
            guard let count = Int64(ends[1]), count > 0 else { return nil }
            return max(0, size - count)..<size
        }
        guard let start = Int64(ends[0]), (0..<size).contains(start) else { return nil }
        guard !ends[1].isEmpty else { return start..<size }
        guard let end = Int64(ends[1]), end >= start else { return nil }
        return start..<min(end, size - 1) + 1
    }

    /// Reads from a file as far as it has come.
    private static func body(
        _ blob: StoredBlob, _ range: Range<Int64>, available: @escaping @Sendable (Int64) async throws -> Int64
    ) -> ResponseBody {
        ResponseBody(contentLength: Int(range.count)) { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let end = min(range.upperBound, try await available(offset))
                let (start, count) = (offset, Int(min(end - offset, 512 << 10)))
                let part = try await NIOThreadPool.singleton.runIfActive {
                    var buffer = ByteBufferAllocator().buffer(capacity: count)
                    let read = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                        try checked("pread", "a blob") {
                            pread(blob.descriptor, target.baseAddress, count, off_t(start))
                        }
                    }
                    withExtendedLifetime(blob.owner) {}
                    guard read > 0 else { throw SystemCallError(call: "pread", errno: EIO, subject: "a blob") }
                    return buffer
                }
                offset += Int64(part.readableBytes)
                try await writer.write(part)
            }
            try await writer.finish(nil)
        }
    }
}
