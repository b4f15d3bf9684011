import OCI

/// What a sweep did.
public struct SweepReport: Hashable, Sendable {
    /// Directories of writers that died.
    public var abandonedWriters = 0
    /// Broken downloads that nobody has gone on with for a day.
    public var abandonedDownloads = 0
    /// Images that had lost their last name while a container used them, and that nobody uses any more.
    public var unnamedImages = 0
    /// Blobs and layers that no image has.
    public var unreferenced = 0

    /// Nothing was found.
    public init() {}
}

extension ImageStore {
    /// Removes what killed processes left, and images that lost their name while they were in use.
    ///
    /// Never removes what an image with a name needs, nor what a living process works on.
    public func sweep() throws(ImageStoreError) -> SweepReport {
        try storing {
            var report = SweepReport()
            report.abandonedWriters = try Staging.sweep(location)
            report.abandonedDownloads = try sweepDownloads()
            guard try !entriesIfPresent(location.images).isEmpty else { return report }
            let staging = try Staging(in: location)
            let lock = try StoreLock(location)
            defer { withExtendedLifetime(lock) {} }
            var file = try IndexFile(location)
            let unnamed = file.index.manifests.filter { $0.referenceName == nil }
            for entry in unnamed {
                var without = file
                without.index.manifests.removeAll { $0 == entry }
                // Nobody can find it by name, so nobody begins to use it when the locks are gone again.
                guard try lockForRemoval(entry, from: without) != nil else { continue }
                file = without
                report.unnamedImages += 1
            }
            if report.unnamedImages > 0 { try file.write(location, staging: staging) }
            report.unreferenced = try removeUnreferenced(staging: staging)
            try syncLayers()
            return report
        }
    }
}
