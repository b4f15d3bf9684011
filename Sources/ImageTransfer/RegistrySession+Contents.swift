import CLinux
import Glibc
import LinuxKernel
import OCI
import RegistryProtocol

extension RegistrySession {
    /// Fetches a manifest or index; `reference` is a tag or a digest.
    public func manifest(repository: String, reference: String) throws(RegistryError) -> Fetched {
        var bytes: [UInt8] = []
        let outcome = try read(.manifest(repository: repository, reference: reference), limit: 4 << 20) { bytes += $0 }
        // Computed here too: the helper parses what strangers send, and is not believed.
        let digest = Digest(of: bytes)
        guard digest.description == outcome.digest, let mediaType = outcome.mediaType,
            !reference.hasPrefix("sha256:") || reference == digest.description
        else { throw RegistryError(.digestMismatch, "the manifest \(reference) is damaged: its digest is \(digest)") }
        return Fetched(bytes: bytes, mediaType: mediaType, digest: digest)
    }

    /// The names of the registry's repositories.
    public func catalog() throws(RegistryError) -> [String] { try lines(.catalog) }

    /// The tags of a repository.
    public func tags(repository: String) throws(RegistryError) -> [String] { try lines(.tags(repository: repository)) }

    /// Asks the registry whether it takes the session's credentials; returns who has answered, as `https://HOST`.
    public func verify() throws(RegistryError) -> String { try request(.verify).place ?? "" }

    /// Fetches a blob from `offset` on.
    ///
    /// - Parameter take: Gets the bytes in order, on the calling thread; what it throws ends the work.
    /// - Throws: ``RegistryError``, or what `take` throws.
    func blob(
        _ blob: Descriptor, repository: String, offset: Int64, take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let operation = RegistryRequest.Operation.blob(
            repository: repository, digest: blob.digest.description, size: blob.size, offset: offset)
        _ = try read(operation, take: take)
    }

    private func lines(_ operation: RegistryRequest.Operation) throws(RegistryError) -> [String] {
        var bytes: [UInt8] = []
        _ = try read(operation, limit: 64 << 20) { bytes += $0 }
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private func read(
        _ operation: RegistryRequest.Operation, limit: Int, _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(RegistryError) -> RegistryReply.Outcome {
        var count = 0
        do {
            return try read(operation) { bytes in
                count += bytes.count
                guard count <= limit else {
                    throw RegistryError(.limitExceeded, "the registry's answer is larger than \(limit >> 20) MiB")
                }
                take(bytes)
            }
        } catch let error as RegistryError {
            throw error
        } catch {
            throw RegistryError(.helper, "\(error)")
        }
    }

    /// Has the helper write to a pipe, and reads from it to the end.
    private func read(
        _ operation: RegistryRequest.Operation, take: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> RegistryReply.Outcome {
        let pipe = try OwnedDescriptor.pipe()
        // F_SETPIPE_SZ: fewer changes between the two processes. A user's share of such pipes may be used up.
        _ = clinux_fcntl(pipe.writer.rawValue, 1031, 1 << 20)
        let pending = try begin(operation, descriptors: [pipe.writer.rawValue])
        let reader = pipe.takeReader()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        do {
            while true {
                let count = try checked("read", "the registry helper") {
                    Glibc.read(reader.rawValue, buffer.baseAddress, buffer.count)
                }
                if count == 0 { break }
                try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        } catch {
            abandon(pending)
            throw error
        }
        return try finish(pending)
    }
}
