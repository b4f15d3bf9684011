import Glibc
import LinuxKernel

extension Directory {
    /// Gives a version 1 cpuset the processors and memory nodes of the one above it: a new one has none, and takes no
    /// process (cpuset(7)).
    func inheritProcessors(from parent: Directory) throws(SystemCallError) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            guard try read(file).allSatisfy(\.isWhitespace) else { continue }
            try write(try parent.read(file), to: file)
        }
    }
}

extension PlacedGroup {
    /// Makes the environment's cpuset usable; returns why it cannot be.
    func inheritProcessors() -> String? {
        do throws(SystemCallError) {
            try top.inheritProcessors(from: base)
            try directory.inheritProcessors(from: top)
            return nil
        } catch {
            return error.description
        }
    }
}

extension Group {
    /// Makes the container's cpuset usable, if it has one in version 1.
    func inheritProcessors(from parent: Directory?) throws(SystemCallError) {
        guard let parent, let directory = legacy[.cpuset] else { return }
        try directory.inheritProcessors(from: parent)
    }
}
