import Glibc
import HTTPTypes
import ImageRegistry
import LinuxKernel
import NIOPosix
import OCI
import RegistryProtocol

/// The registries that this one is a cache of: what they have is fetched when it is asked for, once, and kept.
///
/// An image `library/busybox` of the upstream `docker.io` is `docker.io/library/busybox` here. A tag is asked for again when it
/// is older than the lifetime of tags; where the upstream does not answer, the old one has to do.
actor UpstreamCache {
    private let storage: FolderStorage
    private let clients: [String: RegistryClient]
    private let tagLifetime: Int
    private let log: @Sendable (String) -> Void
    private var downloads: [Digest: Download] = [:]
    private var manifests: [String: Task<StoredManifest, any Error>] = [:]

    /// - Parameter clients: By the upstream's name.
    init(
        storage: FolderStorage, clients: [String: RegistryClient], tagLifetime: Int,
        log: @escaping @Sendable (String) -> Void
    ) {
        (self.storage, self.clients, self.tagLifetime, self.log) = (storage, clients, tagLifetime, log)
    }

    /// The upstream of a repository, and the repository's name there; `nil` where it is this registry's own.
    nonisolated func upstream(of repository: String) -> (client: RegistryClient, name: String)? {
        for (name, client) in clients where repository.hasPrefix(name + "/") {
            let rest = String(repository.dropFirst(name.count + 1))
            // Docker Hub's official images have a folder that nobody types.
            return (client, name == "docker.io" && !rest.contains("/") ? "library/\(rest)" : rest)
        }
        return nil
    }

    /// A manifest, from here or from the upstream.
    func manifest(_ name: Route.ManifestName, in repository: String) async throws -> StoredManifest? {
        guard let (client, remote) = upstream(of: repository) else { return nil }
        let known = try storedManifest(name, in: repository)
        if let known, known.isFresh { return known.manifest }
        let reference =
            switch name {
            case .tag(let tag): tag
            case .digest(let digest): digest.description
            }
        let key = "\(repository):\(reference)"
        do {
            if let running = manifests[key] { return try await running.value }
            let task = Task { try await self.fetch(client, remote, reference, name, repository) }
            manifests[key] = task
            defer { manifests[key] = nil }
            return try await task.value
        } catch let error as RegistryError {
            if let known, error.kind != .notFound {
                log("\(repository):\(reference): \(error.message); the copy that is here is given out")
                return known.manifest
            }
            throw Refusal(error)
        }
    }

    private func storedManifest(
        _ name: Route.ManifestName, in repository: String
    ) throws -> (manifest: StoredManifest, isFresh: Bool)? {
        switch name {
        case .digest(let digest): return try storage.manifest(digest, in: repository).map { ($0, true) }
        case .tag(let tag):
            guard let digest = try storage.tag(tag, in: repository),
                let manifest = try storage.manifest(digest, in: repository)
            else { return nil }
            var status = stat()
            guard stat(storage.path(repository, "_tags/\(tag)"), &status) == 0 else { return nil }
            return (manifest, time(nil) - status.st_mtim.tv_sec < tagLifetime)
        }
    }

    private func fetch(
        _ client: RegistryClient, _ remote: String, _ reference: String, _ name: Route.ManifestName,
        _ repository: String
    ) async throws -> StoredManifest {
        let fetched = try await client.manifest(repository: remote, reference: reference)
        let manifest = StoredManifest(bytes: fetched.bytes, mediaType: fetched.mediaType, digest: fetched.digest)
        let subject = try ManifestCheck(fetched.bytes, mediaType: fetched.mediaType).subject
        var tag: String?
        if case .tag(let text) = name { tag = text }
        try storage.put(manifest, tag: tag, subject: subject, in: repository)
        return manifest
    }

    /// A blob that is on its way; begins to fetch it where nobody has asked before.
    ///
    /// - Returns: `nil` where no manifest that was fetched before names the blob: its size is not known then.
    func download(_ digest: Digest, in repository: String) async throws -> Download? {
        guard let (client, remote) = upstream(of: repository) else { return nil }
        if let running = downloads[digest] { return running }
        guard let size = try size(of: digest, in: repository) else { return nil }
        let path = "\(storage.root)/uploads/download-\(UInt64.random(in: .min ... .max))"
        let download = try Download(path: path, size: size)
        downloads[digest] = download
        Task { await self.run(download, digest, client, remote, repository) }
        return download
    }

    private func run(
        _ download: Download, _ digest: Digest, _ client: RegistryClient, _ remote: String, _ repository: String
    ) async {
        do {
            try await client.blob(repository: remote, digest: digest, size: download.size) {
                try await download.append($0)
            }
            let (storage, file) = (self.storage, download.file)
            try await NIOThreadPool.singleton.runIfActive {
                try checked("fdatasync", download.path) { fdatasync(file.rawValue) }
                try storage.place(download.path, as: digest, in: repository)
            }
        } catch {
            unlink(download.path)
            log("\(repository): blob \(digest): \(error)")
            await download.fail(error)
        }
        downloads[digest] = nil
    }

    private func size(of digest: Digest, in repository: String) throws -> Int64? {
        for name in try storage.names(storage.path(repository, "_manifests")) {
            guard let bytes = try storage.read("\(storage.root)/blobs/sha256/\(name)") else { continue }
            let root = try JSONNode(bytes, document: "manifest")
            let parts = try [root.optional("config")].compactMap { $0 } + (root.optional("layers")?.elements() ?? [])
            for part in parts where try part.required("digest").string() == digest.description {
                return try part.required("size").integer()
            }
        }
        return nil
    }
}
