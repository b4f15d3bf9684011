import CLinux
import FoundationEssentials
import Glibc
import LinuxKernel

extension StoreWorker {
    /// Unpacks a layer; the caller's stream is read as far as the worker takes it.
    static func unpack(
        _ stream: LayerStream, into directory: String, limits: UnpackLimits
    ) throws -> [String: Int] {
        let worker = try Running(["unpack", directory, "\(limits.bytes)", "\(limits.entries)"])
        while try stream.fill() {
            let isTaken = try worker.send(stream.chunk)
            stream.take(stream.chunk.count)
            // It has come to the archive's end, or to a mistake in it.
            if !isTaken { break }
        }
        return try worker.finish()
    }

    /// Removes a directory with all it holds, whoever of the user's own and subordinate ids owns it.
    public static func remove(_ path: String) throws { _ = try Running(["remove", path]).finish() }

    /// Renames a directory that a subordinate id owns.
    static func rename(_ path: String, to target: String) throws {
        _ = try Running(["rename", path, target]).finish()
    }

    /// A worker at work; killed when the object goes, unless it has ended.
    private final class Running {
        private let process: MappedProcess
        private let input: OwnedDescriptor
        private let output: OwnedDescriptor
        private var hasEnded = false

        init(_ task: [String]) throws {
            // A socket, since a pipe would raise a signal where the worker ends early.
            var ends: [CInt] = [-1, -1]
            let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            try checked("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
            let theirs = OwnedDescriptor(adopting: ends[1])
            input = OwnedDescriptor(adopting: ends[0])
            let pipe = try OwnedDescriptor.pipe()
            process = try MappedProcess.start(
                [StoreWorker.argument] + task, namespaces: [],
                descriptors: [theirs.rawValue, pipe.writer.rawValue, nil])
            output = pipe.takeReader()
            // Where there are no subordinate ids, what could not be kept is told by the task itself.
            _ = try process.confirm()
        }

        deinit {
            close(process.descriptor)
            guard !hasEnded else { return }
            kill(process.pid, SIGKILL)
            var status: CInt = 0
            while waitpid(process.pid, &status, 0) == -1, errno == EINTR {}
        }

        /// - Returns: Whether the worker takes more.
        func send(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
            var rest = bytes
            let socket = input.rawValue
            while !rest.isEmpty {
                do {
                    let count = try checked("send") {
                        Glibc.send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } catch {
                    if error.errno == EPIPE || error.errno == ECONNRESET { return false }
                    throw error
                }
            }
            return true
        }

        func finish() throws -> [String: Int] {
            shutdown(input.rawValue, CInt(SHUT_WR))
            let told = try readAll(output.rawValue)
            let exit = try ProcessExit.collect(process.pid)
            hasEnded = true
            guard exit == .exited(0) else {
                throw ImageStoreError(.imageInvalid("the process that works on the user's files has ended: \(exit)"))
            }
            return try JSONDecoder().decode(Result.self, from: Data(told)).get()
        }
    }
}

extension StoreLocation {
    /// Removes a directory below the store with all it holds, whoever of the user's ids owns it; no error where nothing
    /// is there.
    public func removeDirectory(_ path: String) throws(ImageStoreError) {
        try storing {
            do throws(SystemCallError) {
                try removeTree(at: path)
            } catch {
                guard hasMappedOwners, [EACCES, EPERM].contains(error.errno) else { throw error }
                try StoreWorker.remove(path)
            }
        }
    }

    /// Unpacks a layer into a new directory; returns what could not be kept, and how often.
    func unpackLayer(_ stream: LayerStream, into directory: String, limits: UnpackLimits) throws -> [String: Int] {
        try hasMappedOwners
            ? StoreWorker.unpack(stream, into: directory, limits: limits)
            : LayerUnpacker.unpack(stream, into: directory, limits: limits)
    }

    /// Renames a directory; its owner may be any of the user's ids.
    func renameDirectory(_ path: String, to target: String) throws {
        do throws(SystemCallError) {
            try checked("rename", target) { rename(path, target) }
        } catch {
            guard hasMappedOwners, [EACCES, EPERM].contains(error.errno) else { throw error }
            try StoreWorker.rename(path, to: target)
        }
    }
}
