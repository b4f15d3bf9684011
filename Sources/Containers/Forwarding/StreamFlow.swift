import CLinux
import Glibc
import LinuxKernel

/// One direction of a connection that is passed on: from a socket to another one.
///
/// Short messages are copied, by one call for each side; only what comes in bulk goes through a pipe, without passing
/// through this process's memory (splice(2)), which costs more calls and saves copies.
struct StreamFlow {
    /// What became of an attempt.
    enum Outcome {
        /// Nothing can be moved until a socket is ready again.
        case waiting
        /// Others should have their turn, then there is more.
        case interrupted
        /// The end has been passed on.
        case done
        /// The connection has failed.
        case failed
    }

    /// Bytes copied at once; a read that fills them means that there is more.
    static let copySize = 16 << 10
    /// Bytes that the pipe of a bulk transfer is asked to hold; the host may allow less (/proc/sys/fs/pipe-max-size).
    private static let pipeSize = 1 << 20
    /// What a pipe holds unless told otherwise (pipe(7)).
    private static let usualPipeSize = 64 << 10
    /// `F_SETPIPE_SZ` of linux/fcntl.h.
    private static let setPipeSize: CInt = 1031
    /// How often data is moved in a row.
    private static let burst = 64

    let source: CInt
    let destination: CInt
    /// Copied, and not taken yet.
    private var pending: ArraySlice<UInt8> = []
    /// Made for the first transfer in bulk.
    private var pipe: (reader: SharedDescriptor, writer: SharedDescriptor, capacity: Int)?
    private var inPipe = 0
    private var isBulk = false
    /// The source has been reported to have ended: its last byte is not its last news.
    private var mayEnd = false
    private var sourceEnded = false
    private(set) var isDone = false

    init(from source: CInt, to destination: CInt) {
        self.source = source
        self.destination = destination
    }

    /// Whether it waits for the destination.
    var isBlocked: Bool { !pending.isEmpty || inPipe > 0 }

    /// Notes that the source's end has come, or will come after what it still has.
    mutating func expectEnd() { mayEnd = true }

    /// Moves what can be moved now.
    mutating func advance() -> Outcome {
        withUnsafeTemporaryAllocation(byteCount: Self.copySize, alignment: 16) { buffer in
            for _ in 0..<Self.burst {
                if let outcome = isBulk ? splice() : copy(through: buffer) { return outcome }
            }
            return .interrupted
        }
    }

    /// `nil`: there may be more.
    private mutating func copy(through buffer: UnsafeMutableRawBufferPointer) -> Outcome? {
        if !pending.isEmpty {
            let count = pending.withUnsafeBytes { send(destination, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count >= 0 else { return Self.isTransient(errno) ? .waiting : .failed }
            pending = pending.dropFirst(count)
            return pending.isEmpty ? nil : .waiting
        }
        if sourceEnded { return passOnEnd() }
        let count = recv(source, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count == 0 {
                sourceEnded = true
                return passOnEnd()
            }
            return Self.isTransient(errno) ? .waiting : .failed
        }
        let sent = send(destination, buffer.baseAddress, count, CInt(MSG_NOSIGNAL))
        if sent < count {
            guard sent >= 0 || Self.isTransient(errno) else { return .failed }
            pending = ArraySlice(buffer[max(sent, 0)..<count])
            return .waiting
        }
        if count == buffer.count { isBulk = makePipe() }
        // A read that took all there was: the next arrival is told anew (epoll(7), "edge-triggered").
        return count < buffer.count && !mayEnd ? .waiting : nil
    }

    /// `nil`: there may be more.
    private mutating func splice() -> Outcome? {
        guard let pipe else {
            isBulk = false
            return nil
        }
        let flags = clinux_SPLICE_F_MOVE | clinux_SPLICE_F_NONBLOCK
        var progressed = false
        if !sourceEnded, inPipe < pipe.capacity {
            let count = clinux_splice(source, pipe.writer.rawValue, Self.pipeSize, flags)
            if count > 0 {
                inPipe += count
                progressed = true
            } else if count == 0 {
                sourceEnded = true
            } else if !Self.isTransient(errno) {
                return .failed
            }
        }
        if inPipe > 0 {
            let count = clinux_splice(pipe.reader.rawValue, destination, inPipe, flags)
            if count > 0 {
                inPipe -= count
                progressed = true
            } else if !Self.isTransient(errno) {
                return .failed
            }
        }
        if inPipe == 0, sourceEnded { return passOnEnd() }
        if progressed { return nil }
        // Whether it goes on in bulk will be seen.
        if inPipe == 0 { isBulk = false }
        return .waiting
    }

    private mutating func passOnEnd() -> Outcome {
        _ = shutdown(destination, CInt(SHUT_WR))
        isDone = true
        pipe = nil
        return .done
    }

    /// False where the process has no descriptors left: everything is copied then.
    private mutating func makePipe() -> Bool {
        if pipe != nil { return true }
        var ends: [CInt] = [-1, -1]
        guard clinux_pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return false }
        let size = clinux_fcntl(ends[1], Self.setPipeSize, Self.pipeSize)
        let made = ends.map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
        pipe = (made[0], made[1], size > 0 ? Int(size) : Self.usualPipeSize)
        return true
    }

    private static func isTransient(_ code: CInt) -> Bool { code == EAGAIN || code == EINTR }
}
