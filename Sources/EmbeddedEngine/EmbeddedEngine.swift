import Addresses
import Containers
import Glibc
import ImageBuild
import ImageStore
import LinuxKernel
import OCI
import Orchestration
import Synchronization

/// The engine that is part of this program: no daemon, nothing that outlives the process.
public final class EmbeddedEngine: Engine {
    /// Where writable layers and ephemeral volumes live (`HARNESS_SCRATCH`).
    public enum Scratch: String, Hashable, Sendable, CaseIterable {
        /// In memory where the host has plenty, else on disk.
        case auto
        case memory
        /// Below HARNESS_HOME.
        case disk
    }

    /// Bytes of memory that must be available for `auto` to keep what containers write in it.
    private static let memoryForScratch: Int64 = 2 << 30

    private struct State {
        /// By the manifest's digest. Held, so that nobody removes them under the containers.
        var images: [String: (image: StoredImage, hold: ImageHold)] = [:]
        var launched: ContainerSandbox?
        /// The caller's own directory, which every sandbox uses in turn.
        var directory: RuntimeDirectory?
        var hasLostSandbox = false
        var onLoss: (@Sendable () -> Void)?
    }

    private let places: Places
    private let scratch: Scratch
    let loop: EventLoop
    let store: ImageStore
    let reportWarning: @Sendable (String) -> Void
    let puller: (any ImagePuller)?
    let isOffline: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - puller: Fetches images that pull policies ask for; `nil`: nobody does.
    ///   - isOffline: Whether no image is fetched, whatever its policy.
    ///   - reportWarning: Gets what the host does not give, in words.
    public init(
        places: Places, scratch: Scratch = .auto, loop: EventLoop, puller: (any ImagePuller)? = nil,
        isOffline: Bool = false, reportWarning: @escaping @Sendable (String) -> Void
    ) {
        self.puller = puller
        self.isOffline = isOffline
        self.places = places
        self.scratch = scratch
        self.loop = loop
        self.reportWarning = reportWarning
        store = ImageStore(places.store)
    }

    /// Takes a launcher that was started ahead of time for the first sandbox.
    ///
    /// - Throws: ``EngineError``: why it could not be started.
    public func adopt(_ launcher: Result<LauncherProcess, SystemCallError>) throws(EngineError) {
        do throws(SystemCallError) {
            let sandbox = try ContainerSandbox.adopt(try launcher.get(), on: loop)
            state.withLock { $0.launched = sandbox }
        } catch {
            throw EngineError(error)
        }
    }

    /// Has sandboxes use a directory that the caller has claimed and will remove, instead of one for each.
    public func adopt(_ directory: RuntimeDirectory) { state.withLock { $0.directory = directory } }

    /// Whether a sandbox's launcher has died under it: the ends of services and test say nothing then.
    public var hasLostSandbox: Bool { state.withLock { $0.hasLostSandbox } }

    /// Sets who hears that a sandbox's launcher has died under it.
    public func onLoss(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onLoss = body } }

    private func noteLoss() {
        let body = state.withLock { state in
            state.hasLostSandbox = true
            return state.onLoss
        }
        body?()
    }

    /// Ends a launcher that was started ahead of time and has found no use.
    public func close() async throws {
        let launched = state.withLock { $0.launched.take() }
        try await launched?.close()
    }

    /// Opens the sandbox of the launcher that ``adopt(_:)`` has taken, or of a new one; first removes what killed runs have left.
    public func openSandbox(for plan: Plan) async throws -> any Sandbox {
        try await EngineError.translating(nil) {
            try Leftovers.sweep(runtimeRoot: self.places.runtimeRoot, diskScratch: self.places.diskScratch)
            let adopted = self.state.withLock { $0.directory }
            let directory = try adopted ?? RuntimeDirectory.make(in: self.places.runtimeRoot, name: plan.name)
            let launched = self.state.withLock { $0.launched.take() }
            let sandbox = try launched ?? ContainerSandbox.launch(on: self.loop)
            let diskScratch = try self.makeDiskScratch(directory.identifier)
            try makeDirectories(self.places.mountPoint, mode: 0o700)
            try sandbox.open(
                SandboxConfiguration(
                    identifier: directory.identifier, scratch: self.places.mountPoint, diskScratch: diskScratch,
                    networks: plan.networks.map(BridgeSpecification.init), filterCache: self.places.filterCache,
                    hostAccess: HostAccess(plan)))
            if let refusal = sandbox.refusalOfIdentities { self.reportWarning(SubordinateIDAdvice.warning(refusal)) }
            return try EmbeddedSandbox(
                plan: plan, sandbox: sandbox,
                directory: EmbeddedSandbox.Directory(
                    runtime: directory, isKept: adopted != nil, diskScratch: self.places.diskScratch),
                makeTranslator: { plan in try self.translator(for: plan) }, filterCache: self.places.filterCache,
                loop: self.loop, reportWarning: self.reportWarning,
                onLoss: { self.noteLoss() })
        }
    }

    /// In a user namespace overlayfs needs attributes of users, which files in memory have from Linux 6.6 on.
    private static var canKeepLayersInMemory: Bool { geteuid() == 0 || KernelVersion.running >= KernelVersion(6, 6) }

    private func translator(for plan: Plan) throws -> PlanTranslator {
        let volumes = Dictionary(plan.volumes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return PlanTranslator(
            plan: plan, resolver: try PlanTranslator.hostResolver(), volumes: volumes,
            volumePath: { [places] in try places.volume($0, volumes[$0]) },
            layers: { [self] digest in
                guard let known = state.withLock({ $0.images[digest] }) else {
                    throw EngineError(.imageMissing(digest))
                }
                return known.image.layers
            }, sharedWith: PlanTranslator.sharedWith(plan))
    }

    /// The sandbox's directory on disk; `nil` where everything is kept in memory.
    private func makeDiskScratch(_ identifier: String) throws -> String? {
        switch scratch {
        case .memory: return nil
        case .auto where MemoryInfo.hasAvailable(Self.memoryForScratch) && Self.canKeepLayersInMemory: return nil
        case .auto, .disk:
            let path = "\(places.diskScratch)/\(identifier)"
            try makeDirectories(path)
            return path
        }
    }

    /// Lets go of all images: no container of this engine has one any more.
    func releaseImages() { state.withLock { $0.images = [:] } }

    /// Holds an image for as long as the engine lives, so that nobody removes it under the containers.
    func keep(_ image: StoredImage, reference: String) throws -> PreparedImage {
        let hold = try store.retain(image)
        state.withLock { $0.images[image.digest.description] = (image, hold) }
        return PreparedImage(image, reference: reference)
    }
}
