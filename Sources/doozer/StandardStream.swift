import Glibc

/// Standard input and output as bytes.
enum StandardStream {
    /// A stream could not be read or written to its end.
    struct Failure: Error {
        var message: String
    }

    /// All of standard input.
    static func readInput() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 {
                let code = errno
                guard code == EINTR else { throw failure("standard input", code) }
            } else if count == 0 {
                return bytes
            } else {
                bytes += chunk[..<count]
            }
        }
    }

    /// Writes to standard output at once, so that a reader sees each change as it comes.
    static func write(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                let code = errno
                guard code == EINTR else { throw failure("standard output", code) }
            } else {
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Writes text to standard output.
    static func write(_ text: String) throws(Failure) {
        try write(Array(text.utf8))
    }

    /// Writes a line to standard error.
    static func complain(_ line: String) {
        let bytes = Array("doozer: \(line)\n".utf8)
        // Nobody is left to tell when standard error does not take it.
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func failure(_ stream: String, _ code: CInt) -> Failure {
        Failure(message: "\(stream): \(String(cString: strerror(code)))")
    }
}
