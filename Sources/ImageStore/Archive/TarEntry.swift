/// One entry of an archive, with everything that extended headers said about it.
struct TarEntry {
    enum Kind: Hashable {
        case file
        /// To ``TarEntry/linkTarget``, a name in the archive.
        case hardLink
        case symbolicLink
        case characterDevice
        case blockDevice
        case directory
        case fifo
    }

    var kind = Kind.file
    /// Bytes, as names in Linux are; not normalised.
    var name: [UInt8] = []
    var linkTarget: [UInt8] = []
    /// The permission bits, set-id and sticky bits included.
    var mode: UInt32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
    /// Bytes of content in the archive.
    var storedSize: Int64 = 0
    /// Bytes of the file, holes included.
    var size: Int64 = 0
    var modified = Timestamp(seconds: 0, nanoseconds: 0)
    var deviceMajor: UInt32 = 0
    var deviceMinor: UInt32 = 0
    var extendedAttributes: [(name: String, value: [UInt8])] = []
    /// Where the stored bytes go; `nil`: from the start, without holes.
    var sparseMap: [SparseRegion]?

    /// Since the epoch; nanoseconds are 0..<1,000,000,000 and count forward also before it.
    struct Timestamp: Hashable {
        var seconds: Int64
        var nanoseconds: Int
    }
}

/// A piece of a sparse file that has content.
struct SparseRegion: Hashable {
    var offset: Int64
    var length: Int64
}

extension [SparseRegion] {
    /// Checks that the regions ascend, do not overlap, lie in a file of `size` bytes and take `stored` bytes in all.
    func validate(size: Int64, stored: Int64, entry: [UInt8]) throws(ArchiveError) {
        var end: Int64 = 0
        var total: Int64 = 0
        for region in self {
            let (next, overflow) = region.offset.addingReportingOverflow(region.length)
            guard region.length >= 0, region.offset >= end, !overflow, next <= size else {
                throw ArchiveError(.headerInvalid("the map of the sparse file is out of order"), entryNamed: entry)
            }
            end = next
            total += region.length
        }
        guard total == stored else {
            throw ArchiveError(.headerInvalid("the map of the sparse file does not fit its content"), entryNamed: entry)
        }
    }
}
