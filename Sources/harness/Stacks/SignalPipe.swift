import Glibc
import LinuxKernel
import Synchronization

/// Signals as bytes on a pipe, for commands that wait by poll(2).
struct SignalPipe: ~Copyable {
    /// The writing end, for the handler, which gets no context.
    private static let writer = Atomic<CInt>(-1)

    private let reader: OwnedDescriptor

    /// Takes over `signals`; once in a process. One that the caller's parent has set to be ignored stays ignored.
    init(_ signals: [CInt]) throws(SystemCallError) {
        let pipe = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        Self.writer.store(try pipe.writer.duplicate().release(), ordering: .sequentiallyConsistent)
        reader = pipe.takeReader()
        for number in signals {
            let before = signal(number) { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(SignalPipe.writer.load(ordering: .sequentiallyConsistent), &byte, 1)
                errno = saved
            }
            if unsafeBitCast(before, to: Int.self) == 1 { signal(number, SIG_IGN) }
        }
    }

    /// Readable when there is one.
    var descriptor: CInt { reader.rawValue }

    /// Those that have come.
    func take() -> [CInt] {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(reader.rawValue, &buffer, buffer.count)
        return count > 0 ? buffer[0..<count].map(CInt.init) : []
    }
}
