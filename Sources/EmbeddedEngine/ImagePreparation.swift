import Glibc
import ImageBuild
import ImageStore
import LinuxKernel
import OCI
import Orchestration

extension PreparedImage {
    /// Takes the defaults that an image's configuration gives (image-spec, config.md).
    init(_ image: StoredImage, reference: String) {
        self.init(digest: image.digest.description, reference: reference)
        let defaults = image.configuration.config ?? ContainerDefaults()
        entrypoint = defaults.entrypoint ?? []
        command = defaults.cmd ?? []
        environment = defaults.env ?? []
        user = defaults.user ?? ""
        workingDirectory = defaults.workingDir ?? ""
        volumes = (defaults.volumes ?? [:]).keys.sorted()
        exposedPorts = (defaults.exposedPorts ?? [:]).keys.compactMap { port in
            let parts = port.split(separator: "/")
            return parts.count == 1 || parts.last == "tcp" ? parts.first.flatMap { UInt16($0) } : nil
        }.sorted()
        stopSignal = defaults.stopSignal
        healthcheck = defaults.healthcheck.flatMap(Self.healthcheck)
    }

    /// 0 and nothing both mean "inherited"; an empty test is no check.
    private static func healthcheck(_ check: OCI.Healthcheck) -> Healthcheck? {
        guard let test = check.test, !test.isEmpty else { return nil }
        func duration(_ nanoseconds: Int64?) -> Duration? {
            nanoseconds.flatMap { $0 > 0 ? .nanoseconds($0) : nil }
        }
        return Healthcheck(
            test: test, interval: duration(check.interval), timeout: duration(check.timeout),
            startPeriod: duration(check.startPeriod), retries: check.retries.flatMap { $0 > 0 ? $0 : nil })
    }
}

extension EngineError {
    /// What the image store could not do.
    init(_ error: ImageStoreError, image: String) {
        switch error.kind {
        case .imageMissing: self.init(.imageMissing(image), remedy: error.remedy)
        case .systemCall(let error): self.init(error)
        default: self.init(.imageInvalid(image, reason: error.description), remedy: error.remedy)
        }
    }
}

/// How much memory the host can give (proc(5), /proc/meminfo).
enum MemoryInfo {
    /// Whether so many bytes are available.
    ///
    /// What is free answers it most of the time (sysinfo(2)); /proc/meminfo, which also counts what could be freed, takes
    /// the kernel a tenth of a millisecond.
    static func hasAvailable(_ bytes: Int64) -> Bool {
        freeMemory() >= bytes || available(in: contents()) >= bytes
    }

    /// Reads the bytes of /proc/meminfo (proc(5)): lines `NAME: NUMBER kB`.
    static func available(in contents: [UInt8]) -> Int64 {
        let name = Array("MemAvailable:".utf8)
        for line in contents.split(separator: UInt8(ascii: "\n")) where line.starts(with: name) {
            let number = line.dropFirst(name.count).drop { $0 == UInt8(ascii: " ") }
                .prefix { $0 != UInt8(ascii: " ") }
            return Int64(String(decoding: number, as: UTF8.self)).map { $0 << 10 } ?? 0
        }
        return 0
    }

    private static func contents() -> [UInt8] {
        do {
            let file = try OwnedDescriptor.open("/proc/meminfo", 0)
            return try readAll(file.rawValue)
        } catch {
            // No /proc: whoever has that little is served by the disk.
            return []
        }
    }
}

extension EmbeddedEngine {
    /// Finds the image in the store, or makes it where the request says how.
    public func prepareImage(
        _ request: ImageRequest, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage {
        switch request.source {
        case .reference(let name):
            guard let image = try Self.fileImage(name) else { return try await find(name, request, progress) }
            return try await find(image, request, progress)
        case .packages(let packages, let distribution, let tag):
            let refreshes = !isOffline && (request.policy == .build || request.policy == .always)
            return try await build(packages, distribution, tag, refreshes: refreshes, progress)
        }
    }

    /// Those of the images that the store lacks: nothing is fetched or made.
    public func missing(_ requests: [ImageRequest]) throws -> [ImageRequest] {
        try requests.filter { request in
            switch request.source {
            case .reference(let name):
                // Files are here without a registry.
                if let image = try Self.fileImage(name), access(image.path, F_OK) == 0 { return false }
                return try stored(name, request.platform) == nil
            case .packages(let packages, let distribution, _):
                return try PackageImageBuilder(store).cachedImage(packages: packages, distribution: distribution) == nil
            }
        }
    }

    private func find(
        _ name: String, _ request: ImageRequest, _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage {
        do {
            let image = try stored(name, request.platform)
            let situation = PullPolicy.Situation(
                isStored: image != nil, pulled: try pulledTime(name, request.policy), now: Int64(time(nil)),
                isOffline: isOffline)
            switch request.policy.decision(situation) {
            case .useStored: break
            case .fail: throw ImageStoreError(.imageMissing(name))
            case .pull:
                guard let puller else {
                    guard let image else { throw ImageStoreError(.imageMissing(name)) }
                    reportWarning("image '\(name)': \(Self.cannotPull)")
                    return try keep(image, reference: name)
                }
                try await puller.pull(try Reference(name), platform: request.platform, progress: progress)
                guard let pulled = try stored(name, request.platform) else {
                    throw ImageStoreError(.imageMissing(name))
                }
                return try keep(pulled, reference: name)
            }
            guard let image else { throw ImageStoreError(.imageMissing(name)) }
            return try keep(image, reference: name)
        } catch let error as ImageStoreError {
            throw EngineError(error, image: name)
        } catch let error as ReferenceError {
            throw EngineError(.imageInvalid(name, reason: error.description), remedy: error.remedy)
        }
    }

    private static let cannotPull =
        "its pull_policy asks for a newer one, and nothing here fetches from registries; the store's is used"

    /// The store's image of that name; `nil` where it has none for the platform.
    func stored(_ name: String, _ platform: String?) throws -> StoredImage? {
        var wanted: Platform?
        if let platform {
            guard let known = Platform(platform) else {
                throw EngineError(.imageInvalid(name, reason: "'\(platform)' is no platform such as linux/amd64"))
            }
            wanted = known
        }
        do {
            return try store.resolve(name, platform: wanted)
        } catch {
            switch error.kind {
            case .imageMissing, .platformMissing: return nil
            default: throw error
            }
        }
    }

    /// Only asked for where the policy goes by it.
    func pulledTime(_ name: String, _ policy: PullPolicy) throws -> Int64? {
        guard case .every = policy else { return nil }
        return try store.pulledTime(try FileImage(name)?.reference ?? Reference(name))
    }

    private func build(
        _ packages: [String], _ distribution: String?, _ tag: String?, refreshes: Bool,
        _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage {
        let name = tag ?? packages.joined(separator: "+")
        do {
            let builder = PackageImageBuilder(store)
            let reference = try tag.map { try Reference($0) }
            // The usual case needs no thread; a further name does, since the index is written.
            if reference == nil, !refreshes,
                let known = try builder.cachedImage(packages: packages, distribution: distribution)
            {
                return try keep(known, reference: name)
            }
            let isCancelled = Cancellation()
            let built = try await withTaskCancellationHandler {
                try await loop.offload {
                    try builder.image(
                        packages: packages, distribution: distribution, tag: reference,
                        refresh: refreshes,
                        progress: { progress(ImageProgress(step: $0.step, fraction: $0.fraction)) },
                        isCancelled: { isCancelled.value })
                }
            } onCancel: {
                isCancelled.cancel()
            }
            if let notice = built.notice { reportWarning(notice) }
            return try keep(built.image, reference: name)
        } catch let error as ImageBuildError {
            if case .cancelled = error.kind { throw CancellationError() }
            throw EngineError(.imageInvalid(name, reason: error.description), remedy: error.remedy)
        } catch let error as ImageStoreError {
            throw EngineError(error, image: name)
        } catch let error as ReferenceError {
            throw EngineError(.imageInvalid(name, reason: error.description), remedy: error.remedy)
        }
    }
}
