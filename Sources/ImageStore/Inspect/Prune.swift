import Glibc
import LinuxKernel
import OCI

/// Which images go besides what no image has.
public struct PruneRequest: Hashable, Sendable {
    /// Every image that nobody uses.
    public var everything: Bool
    /// Those that have not been used for so many seconds: neither run, nor pulled, imported or made.
    public var olderThan: Int64?
    /// Those that have not been used for the longest time, until the store takes so many bytes at most.
    public var maximalSize: Int64?

    /// By default no image with a name goes.
    public init(everything: Bool = false, olderThan: Int64? = nil, maximalSize: Int64? = nil) {
        self.everything = everything
        self.olderThan = olderThan
        self.maximalSize = maximalSize
    }
}

/// What a pruning did.
public struct PruneReport: Hashable, Sendable {
    /// The images that went.
    public var removed: [ImageSummary] = []
    /// Those that should have gone and are in use.
    public var inUse: [ImageSummary] = []
    /// What had been left by killed processes.
    public var sweep = SweepReport()
    /// Bytes of the disk that have become free.
    public var freed: Int64 = 0
    /// Bytes that the store still takes.
    public var left: Int64 = 0
}

extension ImageStore {
    /// Removes what no image has and, where that is asked for, images; never one that is in use.
    public func prune(
        _ request: PruneRequest, now: Int64 = Int64(time(nil))
    ) throws(ImageStoreError) -> PruneReport {
        let before = try usage().total
        var report = PruneReport()
        report.sweep = try sweep()
        let oldest = try list().sorted { ($0.lastUsed, $0.digest) < ($1.lastUsed, $1.digest) }
        var kept: [ImageSummary] = []
        for image in oldest {
            let isOld = request.olderThan.map { now - image.lastUsed >= $0 } ?? false
            if request.everything || isOld { try remove(image, &report) } else { kept.append(image) }
        }
        if let maximal = request.maximalSize {
            var size = try usage().total
            for image in kept {
                if size <= maximal { break }
                try remove(image, &report)
                size = try usage().total
            }
        }
        report.left = try usage().total
        report.freed = max(0, before - report.left)
        return report
    }

    private func remove(_ image: ImageSummary, _ report: inout PruneReport) throws(ImageStoreError) {
        do {
            try remove(image.digest.description)
            report.removed.append(image)
        } catch {
            switch error.kind {
            case .imageInUse: report.inUse.append(image)
            // Somebody else was faster.
            case .imageMissing: break
            default: throw error
            }
        }
    }
}
