import Glibc
import ImageStore
import LinuxKernel
import OCI
import RegistryProtocol
import Synchronization

/// How far a transfer is.
public struct TransferProgress: Hashable, Sendable {
    /// Bytes that have come or gone, compressed.
    public var bytes: Int64 = 0
    /// Of so many.
    public var total: Int64 = 0
    /// Layers that are done, those that were there before included.
    public var layers = 0
    /// Of so many.
    public var layerCount = 0

    /// Nothing has come yet.
    public init() {}
}

/// What happens during a transfer, for whoever shows it.
public enum TransferEvent: Hashable, Sendable {
    /// Bytes have come or gone, or a layer is done.
    case progress(TransferProgress)
    /// Another process of this machine is fetching the blob with that digest; this one waits for it.
    case waiting(Digest)
    /// A sentence about what is waited for, or what is done differently than asked.
    case notice(String)
}

/// Fetches an image from a registry into the store.
///
/// What comes is received by this process through pipes, checked, and unpacked while it comes; the helper touches no file. A
/// blob that another process of the machine is fetching is waited for; one that is there is not asked for.
public struct ImagePull: Sendable {
    /// What is wanted.
    public struct Options: Hashable, Sendable {
        /// The image; with a digest, exactly that content.
        public var reference: Reference
        /// Of an image for several platforms; `nil`: this machine's.
        public var platform: Platform?
        /// Whether certificates need not be trusted, and plain HTTP is taken where there is no TLS.
        public var isInsecure = false
        /// What each layer may unpack to.
        public var limits = UnpackLimits()

        /// That image, for this machine.
        public init(_ reference: Reference) { self.reference = reference }
    }

    /// Blobs that are fetched at the same time.
    public static let parallelism = 4

    private let options: Options
    private let store: ImageStore
    private let session: RegistrySession
    private let report: @Sendable (TransferEvent) -> Void
    private let progress: TransferMeter

    /// Starts the helper.
    ///
    /// - Parameter report: Called from several threads.
    /// - Throws: ``RegistryError``.
    public init(
        _ options: Options, into store: ImageStore, report: @escaping @Sendable (TransferEvent) -> Void
    ) throws(RegistryError) {
        self.options = options
        self.store = store
        self.report = report
        progress = TransferMeter(report)
        var session = SessionOptions(registry: options.reference.registry)
        session.isInsecure = options.isInsecure
        self.session = try .open(session) { report(.notice($0)) }
    }

    /// Ends ``run()`` on another thread: it throws an error of kind `cancelled` or `helper`.
    public func cancel() { session.cancel() }

    /// Fetches what is missing, and names the image.
    ///
    /// - Returns: The digest of what the reference stands for: a manifest or an index.
    /// - Throws: ``RegistryError`` of what the registry does not give; ``ImageStoreError`` of what the store does not take.
    ///   The image that had the name before still has it then.
    public func run() throws -> Digest {
        let (reference, repository) = (options.reference, options.reference.repository)
        let wanted = reference.digest?.description ?? reference.tag ?? "latest"
        let root = try session.manifest(repository: repository, reference: wanted)
        let reception = try store.receive()
        var image = root
        if MediaType.isIndex(root.mediaType) {
            let child = try child(of: try Index(json: root.bytes))
            image = try session.manifest(repository: repository, reference: child.digest.description)
            guard Int64(image.bytes.count) == child.size else {
                throw RegistryError(
                    .answerInvalid,
                    "the manifest of '\(reference.familiar)' has \(image.bytes.count) bytes, and its index says "
                        + "\(child.size)")
            }
            guard !MediaType.isIndex(image.mediaType) else {
                throw RegistryError(
                    .answerInvalid, "'\(reference.familiar)' has an index in an index, which is not followed")
            }
            try reception.add(image.bytes, digest: child.digest)
        }
        let manifest = try Manifest(json: image.bytes)
        try check(manifest)
        let configuration = try configuration(manifest, reception)
        try receive(manifest, configuration, reception)
        // A name with a digest and no tag keeps the digest: that is what was asked for.
        let name = reference.tag == nil ? reference : reference.withoutDigest
        return try reception.commit(
            root.bytes, mediaType: root.mediaType, as: [name], pulled: Int64(time(nil))
        ).digest
    }

    private func child(of index: Index) throws -> Descriptor {
        let platform = options.platform ?? .host
        if let best = platform.bestFit(among: index.manifests) { return best }
        let offered = Set(index.manifests.compactMap { $0.platform?.description }).sorted().prefix(20).joined(
            separator: ", ")
        throw RegistryError(
            .notFound, "'\(options.reference.familiar)' has no variant for \(platform)",
            remedy: offered.isEmpty ? nil : "it is there for \(offered.printable(limit: 400)): choose with --platform")
    }

    /// Refuses what can't be unpacked before anything is fetched.
    private func check(_ manifest: Manifest) throws {
        for layer in manifest.layers {
            if layer.mediaType.contains("foreign") || layer.mediaType.contains("nondistributable") {
                throw RegistryError(
                    .unsupported,
                    "'\(options.reference.familiar)' has a foreign layer, which its registry does not hold",
                    remedy: "images of Windows have such layers; they can't run here")
            }
            guard MediaType.isLayer(layer.mediaType) else {
                throw RegistryError(
                    .unsupported,
                    "'\(options.reference.familiar)' is no image of layers: it has '\(layer.mediaType.printable(limit: 80))'"
                )
            }
        }
        guard MediaType.isConfiguration(manifest.config.mediaType) else {
            throw RegistryError(
                .unsupported,
                "'\(options.reference.familiar)' is no container image: its configuration is '\(manifest.config.mediaType.printable(limit: 80))'"
            )
        }
        guard manifest.config.size <= Int64(ImageConfiguration.sizeLimit) else {
            throw RegistryError(
                .limitExceeded, "the configuration of '\(options.reference.familiar)' is larger than 4 MiB")
        }
    }

    private func configuration(_ manifest: Manifest, _ reception: Reception) throws -> ImageConfiguration {
        try fetch(manifest.config, layer: nil, reception)
        let configuration = try ImageConfiguration(json: try store.documentBytes(manifest.config.digest))
        guard configuration.rootfs.diffIDs.count == manifest.layers.count else {
            throw RegistryError(
                .answerInvalid,
                "'\(options.reference.familiar)' has \(manifest.layers.count) layers in its manifest and "
                    + "\(configuration.rootfs.diffIDs.count) in its configuration")
        }
        return configuration
    }

    private func receive(_ manifest: Manifest, _ configuration: ImageConfiguration, _ reception: Reception) throws {
        var seen: Set<Digest> = []
        let layers = zip(manifest.layers, configuration.rootfs.diffIDs).filter { seen.insert($0.0.digest).inserted }
        progress.begin(layers: layers.count, bytes: layers.reduce(0) { $0 + $1.0.size })
        // The largest first: what begins last should not be what takes longest.
        let order = layers.sorted { ($0.0.size, $0.0.digest) > ($1.0.size, $1.0.digest) }
        try inParallel(order, limit: Self.parallelism) { blob, diffID in
            try fetch(blob, layer: diffID, reception)
            progress.finishLayer()
        }
    }

    private func fetch(_ blob: Descriptor, layer: Digest?, _ reception: Reception) throws {
        // What an earlier download has left may be damaged: then all of it is fetched, once.
        for isLast in [false, true] where try fetchOnce(blob, layer: layer, reception, isLast: isLast) { return }
    }

    /// - Returns: Whether the blob is there now; `false` where the part that was there before has turned out wrong.
    private func fetchOnce(_ blob: Descriptor, layer: Digest?, _ reception: Reception, isLast: Bool) throws -> Bool {
        let claim = try reception.claim(
            blob, layer: layer, limits: options.limits, onWait: { report(.waiting(blob.digest)) })
        switch claim {
        case .present:
            if layer != nil { progress.add(blob.size) }
            return true
        case .missing(let receiver):
            let offset = receiver.offset
            if layer != nil { progress.add(offset) }
            if offset < blob.size || blob.size == 0 { try take(blob, into: receiver, isLayer: layer != nil) }
            do {
                try receiver.finish()
                return true
            } catch {
                guard case .digestMismatch(blob.digest, _) = error.kind, offset > 0, !isLast else { throw error }
                if layer != nil { progress.add(-blob.size) }
                return false
            }
        }
    }

    private func take(_ blob: Descriptor, into receiver: BlobReceiver, isLayer: Bool) throws {
        do {
            let repository = options.reference.repository
            try session.blob(blob, repository: repository, offset: receiver.offset) { bytes in
                try receiver.append(bytes)
                receiver.keepPace()
                if isLayer { progress.add(Int64(bytes.count)) }
            }
        } catch let error as RegistryError where error.kind == .digestMismatch {
            // Nobody goes on from what is wrong.
            try receiver.restart()
            throw error
        }
    }
}

/// Adds up what several threads transfer, and tells it ten times a second at most.
final class TransferMeter: Sendable {
    private struct State {
        var progress = TransferProgress()
        var last: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let report: @Sendable (TransferEvent) -> Void

    init(_ report: @escaping @Sendable (TransferEvent) -> Void) { self.report = report }

    func begin(layers: Int, bytes: Int64) {
        tell(at: nil) {
            $0.layerCount += layers
            $0.total += bytes
        }
    }

    func finishLayer() { tell(at: nil) { $0.layers += 1 } }

    func add(_ bytes: Int64) { tell(at: .now) { $0.bytes += bytes } }

    /// - Parameter now: `nil` to tell it whenever it was told last.
    private func tell(at now: ContinuousClock.Instant?, _ change: (inout TransferProgress) -> Void) {
        let due = state.withLock { state -> TransferProgress? in
            change(&state.progress)
            if let now {
                if let last = state.last, now - last < .milliseconds(100) { return nil }
                state.last = now
            }
            return state.progress
        }
        if let due { report(.progress(due)) }
    }
}
