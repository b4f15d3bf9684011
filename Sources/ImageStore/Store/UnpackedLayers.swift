import CLinux
import Glibc
import LinuxKernel
import OCI

// Unpacked layers can be made again from their blobs, so nobody waits for them to reach the disk. After a power failure
// a directory may be in place with files that are not: a marker beside it holds the boot id under which it was written,
// and goes when a sweep has synced the file system. A marker of another boot means: unpack again.
extension ImageStore {
    /// Whether a layer's directory is there and complete.
    func isUnpacked(_ diffID: Digest) throws -> Bool {
        guard access(location.layer(diffID), F_OK) == 0 else { return false }
        guard let marker = try readIfPresent(unsyncedMarker(diffID)) else { return true }
        return marker == (try Self.bootID())
    }

    /// Puts an unpacked layer in its place.
    ///
    /// Where it is already, that one stays.
    func place(_ directory: String, as diffID: Digest) throws {
        let target = location.layer(diffID)
        if try isUnpacked(diffID) { return }
        try makeDirectories(location.unsyncedLayers, mode: 0o700)
        let staging = try Staging(in: location)
        // Written before the layer is in place, and synced: it must not be the marker that is lost.
        try markUnsynced(unsyncedMarker(diffID), staging: staging)
        if access(target, F_OK) == 0 { try setAside(target, staging: staging) }
        do {
            try location.renameDirectory(directory, to: target)
            // A sweep may have taken it for one without a layer.
            if access(unsyncedMarker(diffID), F_OK) != 0 {
                try markUnsynced(unsyncedMarker(diffID), staging: staging)
            }
        } catch let error as SystemCallError where error.errno == ENOTEMPTY || error.errno == EEXIST {
            // Another process may have placed the same content just now.
            return
        }
    }

    /// Moves a directory out of the way; it goes with `staging`.
    func setAside(_ directory: String, staging: Staging) throws {
        let place = "\(staging.path)/removed-\(UInt64.random(in: .min ... .max))"
        do {
            try location.renameDirectory(directory, to: place)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return
        }
    }

    /// Unpacks a stored layer whose directory is gone; once, however many ask for it at a time.
    func unpackAgain(_ blob: Descriptor, diffID: Digest, isCancelled: @escaping () -> Bool) throws {
        let claim = try ContentClaim(blob.digest, in: location, onWait: {})
        defer { withExtendedLifetime(claim) {} }
        if try isUnpacked(diffID) { return }
        let staging = try Staging(in: location)
        let directory = staging.path + "/layer"
        try unpack(blob, diffID: diffID, into: directory, limits: UnpackLimits(), isCancelled: isCancelled)
        try place(directory, as: diffID)
    }

    /// Unpacks a stored layer into a new directory and checks that it is what it should be.
    func unpack(
        _ blob: Descriptor, diffID: Digest, into directory: String, limits: UnpackLimits,
        isCancelled: @escaping () -> Bool
    ) throws {
        guard MediaType.isLayer(blob.mediaType) else {
            throw ImageStoreError(.imageInvalid("a layer is of the type '\(blob.mediaType)'"))
        }
        guard let source = try openIfPresent(location.blob(blob.digest), O_RDONLY) else {
            throw ImageStoreError(.blobMissing(blob.digest))
        }
        try makeDirectories(location.layers, mode: 0o700)
        let stream = try LayerStream(
            DescriptorSource(source.rawValue), accounting: .digest, limits: limits, isVerified: true,
            isCancelled: isCancelled)
        _ = try location.unpackLayer(stream, into: directory, limits: limits)
        let result = try stream.finish(requiresEndMarker: false)
        guard result.blob == blob.digest else {
            throw ImageStoreError(.digestMismatch(expected: blob.digest, actual: result.blob))
        }
        guard result.diffID == diffID else {
            throw ImageStoreError(.digestMismatch(expected: diffID, actual: result.diffID))
        }
    }

    /// Waits until every unpacked layer is on the disk, and says so.
    func syncLayers() throws {
        let names = try entriesIfPresent(location.unsyncedLayers)
        guard !names.isEmpty else { return }
        let directory = try OwnedDescriptor.open(location.layers, O_RDONLY | O_DIRECTORY)
        let boot = try Self.bootID()
        // Those of an earlier boot stay until their layers have been made again.
        let current = try names.filter { try readRegularFile("\(location.unsyncedLayers)/\($0)") == boot }
        try checked("syncfs", location.layers) { clinux_syncfs(directory.rawValue) }
        for name in current {
            let path = "\(location.unsyncedLayers)/\(name)"
            try checked("unlink", path) { unlink(path) }
        }
    }

    func markUnsynced(_ marker: String, staging: Staging) throws {
        try replaceFile(marker, with: try Self.bootID(), staging: staging)
    }

    func unsyncedMarker(_ diffID: Digest) -> String { "\(location.unsyncedLayers)/\(diffID.hex)" }

    private static func bootID() throws(SystemCallError) -> [UInt8] {
        try readRegularFile("/proc/sys/kernel/random/boot_id")
    }
}
