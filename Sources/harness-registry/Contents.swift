import Glibc
import LinuxKernel
import NIOCore
import NIOPosix
import RegistryProtocol
import Synchronization

/// The descriptors that came with a request; closed once.
final class Descriptors: Sendable {
    private let numbers: Mutex<[CInt]>

    init(_ numbers: [CInt]) { self.numbers = Mutex(numbers) }

    deinit { close() }

    /// Where the request's content goes, or comes from.
    var first: CInt {
        get throws(RegistryError) {
            guard let first = numbers.withLock({ $0.first }) else {
                throw RegistryError(.helper, "a request came without a descriptor")
            }
            return first
        }
    }

    func close() {
        for number in numbers.withLock({ numbers in
            defer { numbers = [] }
            return numbers
        }) { Glibc.close(number) }
    }
}

/// Writes to a pipe on threads that may wait: the reader unpacks what it gets, and may be slower than the network.
struct PipeWriter: Sendable {
    private let descriptor: CInt

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    func write(_ part: ByteBuffer) async throws {
        let descriptor = self.descriptor
        do {
            try await NIOThreadPool.singleton.runIfActive {
                try part.withUnsafeReadableBytes { bytes in
                    var rest = bytes[...]
                    while !rest.isEmpty {
                        let slice = UnsafeRawBufferPointer(rebasing: rest)
                        rest = rest.dropFirst(
                            try checked("write") { Glibc.write(descriptor, slice.baseAddress, slice.count) })
                    }
                }
            }
        } catch is SystemCallError {
            throw RegistryError(.cancelled, "nobody takes what the registry sends any more")
        }
    }

    func write(_ bytes: [UInt8]) async throws(RegistryError) {
        do {
            try await write(ByteBuffer(bytes: bytes))
        } catch let error as RegistryError {
            throw error
        } catch {
            throw RegistryError(.helper, "\(error)")
        }
    }

    func write(lines: [String]) async throws(RegistryError) {
        try await write(Array(lines.map { $0 + "\n" }.joined().utf8))
    }
}

/// A regular file that `harness` has opened.
enum FileContents {
    static func read(_ descriptor: CInt, size: Int64) throws(RegistryError) -> [UInt8] {
        guard (0...(4 << 20)).contains(size) else { throw RegistryError(.limitExceeded, "a manifest of \(size) bytes") }
        do {
            var bytes = [UInt8](repeating: 0, count: Int(size))
            let count = try checked("pread") { pread(descriptor, &bytes, bytes.count, 0) }
            return Array(bytes[..<count])
        } catch {
            throw RegistryError(.helper, error.description)
        }
    }
}

/// Tells how far an upload is, ten times a second at most.
final class UploadMeter: Sendable {
    private let socket: ControlSocket
    private let id: Int
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    init(_ socket: ControlSocket, id: Int) { (self.socket, self.id) = (socket, id) }

    func show(_ bytes: Int64) {
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            if let known = last, now - known < .milliseconds(100) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        do throws(RegistryError) {
            try socket.send(RegistryReply(id: id, content: .progress(bytes)))
        } catch {
            exit(1)
        }
    }
}
