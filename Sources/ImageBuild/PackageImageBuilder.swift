import Glibc
import ImageStore
import LinuxKernel
import OCI

/// How far a build has come.
public struct BuildProgress: Hashable, Sendable {
    /// What is being done, e.g.
    ///
    /// `unpacking postgresql-15`.
    public var step: String
    /// 0...1 where it is known.
    public var fraction: Double?
}

/// An image made of packages.
public struct PackageImage: Hashable, Sendable {
    /// The image.
    public var image: StoredImage
    /// Whether it was in the store already.
    public var isCached: Bool
    /// Something that the user should know, such as an image that may be out of date.
    public var notice: String?
}

/// Makes images of the distribution's own packages, with mmdebstrap and the host's own package sources, and remembers
/// which list of packages gave which image.
///
/// Maintainer scripts run as they do on any machine, except that no service is started (mmdebstrap's policy-rc.d), so
/// that `postgresql-15` leaves the database cluster that it always makes, in UTF-8.
public struct PackageImageBuilder: Sendable {
    /// Where the images go.
    public let store: ImageStore
    var programs = Programs()

    /// A builder for that store.
    public init(_ store: ImageStore) { self.store = store }

    /// The image for a list of packages, if it has been made before; asks neither apt nor the network.
    ///
    /// - Parameter distribution: `debian:bookworm`, or `nil` for the host's.
    public func cachedImage(
        packages: [String], distribution: String? = nil
    ) throws(ImageBuildError) -> StoredImage? {
        try building {
            try cached(try PackageList(packages, try Distribution(distribution, host: try .host())))?.image
        }
    }

    /// The name that the image for a list of packages has in the store, whether it is there or not.
    public func reference(
        packages: [String], distribution: String? = nil
    ) throws(ImageBuildError) -> Reference {
        try building {
            try Reference(try PackageList(packages, try Distribution(distribution, host: try .host())).reference)
        }
    }

    /// The image for a list of packages, made at need.
    ///
    /// One build of a list runs at a time; who comes second waits and gets its result.
    ///
    /// - Parameters:
    ///   - packages: Names, each with `=VERSION` behind it where that matters.
    ///   - distribution: `debian:bookworm`, or `nil` for the host's.
    ///   - tag: A further name for the image.
    ///   - refresh: Whether to look for newer versions, by the host's package lists, and to build again where there are
    ///     some. Where that can't be known the image stays, with a notice.
    ///   - progress: Called on the same thread.
    ///   - isCancelled: Asked some ten times a second.
    public func image(
        packages: [String], distribution: String? = nil, tag: Reference? = nil, refresh: Bool = false,
        progress: @escaping (BuildProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
    ) throws(ImageBuildError) -> PackageImage {
        try building {
            let host = try Distribution.host()
            let list = try PackageList(packages, try Distribution(distribution, host: host))
            var result: PackageImage
            if !refresh, let found = try cached(list)?.image {
                result = PackageImage(image: found, isCached: true)
            } else {
                let lock = try waitForTurn(list, progress: progress, isCancelled: isCancelled)
                defer { withExtendedLifetime(lock) {} }
                result = try make(list, host, refresh: refresh, progress: progress, isCancelled: isCancelled)
            }
            if let tag { try nameUnlessNamed(result.image, tag) }
            return result
        }
    }

    private func make(
        _ list: PackageList, _ host: Distribution, refresh: Bool, progress: @escaping (BuildProgress) -> Void,
        isCancelled: @escaping () -> Bool
    ) throws -> PackageImage {
        if let (image, record) = try cached(list) {
            guard refresh else { return PackageImage(image: image, isCached: true) }
            progress(BuildProgress(step: "resolving packages"))
            if list.distribution == host {
                guard let current = try AptSources(programs: programs).resolve(list) else {
                    let notice =
                        "newer versions could not be looked up; the stored image of \(list.names.joined(separator: ", ")) is used"
                    return PackageImage(image: image, isCached: true, notice: notice)
                }
                if current.digest == record.versions { return PackageImage(image: image, isCached: true) }
            }
        }
        let image = try build(list, host, progress: progress, isCancelled: isCancelled)
        guard let layer = image.layers.first else { return PackageImage(image: image, isCached: false) }
        let status = try readRegularFile(layer + "/var/lib/dpkg/status", limit: 256 << 20)
        let record = BuildRecord(
            image: image.digest, distribution: list.distribution.description, packages: list.names,
            versions: InstalledPackages(status: String(decoding: status, as: UTF8.self)).digest)
        try record.write(list, store.location)
        return PackageImage(image: image, isCached: false)
    }

    private func build(
        _ list: PackageList, _ host: Distribution, progress: @escaping (BuildProgress) -> Void,
        isCancelled: @escaping () -> Bool
    ) throws -> StoredImage {
        let staging = try Staging(in: store.location)
        // apt downloads as its own user, who must be able to pass.
        try checked("chmod", staging.path) { chmod(staging.path, 0o711) }
        let child = try Bootstrap(
            list: list, host: host, workspace: staging.path, programs: programs,
            isInUserNamespace: store.location.hasMappedOwners
        ).start()
        let session = BuildSession(child, progress: progress, isCancelled: isCancelled)
        try session.waitForArchive()
        let reference = try Reference(list.reference)
        do {
            return try store.importArchive(
                .descriptor(child.output.rawValue), as: reference,
                changes: [
                    .command(["/bin/sh"]), .environment(["PATH=\(Programs.standardPath)", "LANG=C.UTF-8"]),
                ],
                comment: "\(list.distribution): \(list.names.joined(separator: " "))",
                progress: session.note, isCancelled: session.isCancelled, confirm: session.confirm
            ).image
        } catch {
            // An archive that is cut off because the program failed: its own failure is what to report.
            if case .archive = error.kind { try session.confirm() }
            throw session.failure ?? error
        }
    }

    private func cached(_ list: PackageList) throws -> (image: StoredImage, record: BuildRecord)? {
        guard let record = try BuildRecord.read(list, store.location) else { return nil }
        do {
            return (try store.resolve(record.image.description), record)
        } catch {
            // Removed since; anything else is worth knowing.
            guard case .imageMissing = error.kind else { throw error }
            return nil
        }
    }

    private func nameUnlessNamed(_ image: StoredImage, _ tag: Reference) throws {
        do {
            if try store.resolve(tag.description).digest == image.digest { return }
        } catch {
            guard case .imageMissing = error.kind else { throw error }
        }
        try store.tag(image.digest.description, as: tag)
    }

    /// Takes the lock that builds of a list have.
    private func waitForTurn(
        _ list: PackageList, progress: (BuildProgress) -> Void, isCancelled: () -> Bool
    ) throws -> SharedDescriptor {
        try makeDirectories(store.location.packageBuilds)
        let path = BuildRecord.path(list, store.location) + ".lock"
        let file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
        while try !lockFile(file.rawValue, LOCK_EX | LOCK_NB) {
            progress(BuildProgress(step: "waiting for another build of the same packages"))
            if isCancelled() { throw ImageBuildError(.cancelled) }
            try checked("poll") { poll(nil, 0, 100) }
        }
        return SharedDescriptor(file)
    }
}
