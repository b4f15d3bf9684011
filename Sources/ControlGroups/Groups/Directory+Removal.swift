import CLinux
import Glibc
import LinuxKernel

extension Directory {
    /// Kills the members of this group and of those below it, and returns without waiting for their end.
    func killMembers() throws(SystemCallError) {
        do throws(SystemCallError) {
            try write("1", to: "cgroup.kill")
        } catch {
            // Before Linux 5.14, and in version 1: one by one.
            guard error.errno == ENOENT else { throw error }
            try killOneByOne()
        }
    }

    /// Kills until nobody is left who has not been; a process with a fatal signal pending makes no more children.
    private func killOneByOne() throws(SystemCallError) {
        for child in try children() { try Directory(child, in: self).killOneByOne() }
        var killed: Set<pid_t> = [0]
        while true {
            let fresh = try members().filter { !killed.contains($0) }
            if fresh.isEmpty { return }
            for process in fresh {
                killed.insert(process)
                do throws(SystemCallError) {
                    try checked("kill", "\(process)") { kill(process, SIGKILL) }
                } catch {
                    if error.errno != ESRCH { throw error }
                }
            }
        }
    }

    /// Removes a child group and all below it, the deepest first.
    ///
    /// A group whose members are dying cannot be removed yet: their end is waited for, up to the deadline.
    ///
    /// - Returns: Whether it is gone, which it also is where it never was.
    func removeChild(_ name: String, deadline: Deadline) throws(SystemCallError) -> Bool {
        while let child = try existingChild(name) {
            for grandchild in try child.children() {
                guard try child.removeChild(grandchild, deadline: deadline) else { return false }
            }
            if try removeOnce(name) { return true }
            guard try child.waitUntilEmpty(deadline: deadline), deadline.remainingMilliseconds > 0 else {
                return false
            }
            if try removeOnce(name) { return true }
            // Version 1 lists no threads of a process whose first thread has ended; they are about to.
            var nothing = pollfd(fd: -1, events: 0, revents: 0)
            _ = Glibc.poll(&nothing, 1, 1)
        }
        return true
    }

    private func existingChild(_ name: String) throws(SystemCallError) -> Directory? {
        do throws(SystemCallError) {
            return try Directory(name, in: self)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    /// Whether the child is gone; `false` where it has members or children.
    private func removeOnce(_ name: String) throws(SystemCallError) -> Bool {
        let parent = descriptor.rawValue
        do throws(SystemCallError) {
            try checked("rmdir", "\(path)/\(name)") { unlinkat(parent, name, AT_REMOVEDIR) }
            return true
        } catch {
            switch error.errno {
            case ENOENT: return true
            case EBUSY: return false
            default: throw error
            }
        }
    }

    /// Waits until neither this group nor one below it has members; `false` where the deadline passes before.
    func waitUntilEmpty(deadline: Deadline) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            return try waitForEvents(deadline: deadline)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return try waitForMembers(deadline: deadline)
        }
    }

    /// Version 2: the kernel reports each change of `cgroup.events` as POLLPRI.
    private func waitForEvents(deadline: Deadline) throws(SystemCallError) -> Bool {
        let events = try OwnedDescriptor.open("cgroup.events", O_RDONLY, in: descriptor.rawValue)
        while true {
            // Reading is what poll(2) compares with: a change between the two is not missed.
            try checked("lseek", path) { lseek(events.rawValue, 0, SEEK_SET) }
            let text = String(decoding: try readAll(events.rawValue), as: UTF8.self)
            if text.split(separator: "\n").contains("populated 0") { return true }
            var poll = pollfd(fd: events.rawValue, events: Int16(POLLPRI), revents: 0)
            if try waitFor(&poll, deadline: deadline) == false { return false }
        }
    }

    /// Version 1: the members' ends are waited for one after the other.
    private func waitForMembers(deadline: Deadline) throws(SystemCallError) -> Bool {
        while let process = try members().first {
            // A process that is not in the caller's PID namespace cannot be referred to.
            if process == 0 { return false }
            do throws(SystemCallError) {
                let descriptor = OwnedDescriptor(
                    adopting: try checked("pidfd_open", "\(process)") { clinux_pidfd_open(process, 0) })
                var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
                if try waitFor(&poll, deadline: deadline) == false { return false }
            } catch {
                if error.errno != ESRCH { throw error }
            }
        }
        return true
    }

    private func waitFor(_ poll: inout pollfd, deadline: Deadline) throws(SystemCallError) -> Bool {
        while true {
            let count = Glibc.poll(&poll, 1, deadline.remainingMilliseconds)
            let code = errno
            if count >= 0 { return count > 0 }
            if code != EINTR { throw SystemCallError(call: "poll", errno: code, subject: path) }
        }
    }
}

/// A point in time on the clock that never steps.
struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    init(after duration: Duration) { instant = .now + duration }

    /// For poll(2): not negative, rounded up.
    var remainingMilliseconds: CInt {
        let parts = (instant - .now).components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
        return CInt(clamping: parts.seconds * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
