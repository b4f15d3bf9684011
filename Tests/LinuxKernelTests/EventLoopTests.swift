import Glibc
import LinuxKernel
import Synchronization
import Testing

@Suite("The event loop")
struct EventLoopTests {
    @Test("a task and its children run on the thread that runs the loop")
    func oneThread() throws {
        let loop = try EventLoop()
        let own = pthread_self()
        let threads = try loop.run {
            await withTaskGroup(of: pthread_t.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await Task.yield()
                        return pthread_self()
                    }
                }
                return await group.reduce(into: Set<pthread_t>()) { $0.insert($1) }
            }
        }
        #expect(threads == [own])
    }

    @Test("an error leaves the loop as it was thrown")
    func throwing() throws {
        let loop = try EventLoop()
        #expect(throws: SystemCallError(call: "open", errno: ENOENT, subject: "/nowhere")) {
            try loop.run { _ = try OwnedDescriptor.open("/nowhere", O_RDONLY) }
        }
    }

    @Test("sleepers wake in the order of their deadlines")
    func order() throws {
        let loop = try EventLoop()
        let start = ContinuousClock.now
        let woken = try loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in [3, 1, 2] {
                    group.addTask {
                        try await loop.sleep(until: start + .milliseconds(number * 4))
                        return number
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
        }
        #expect(woken == [1, 2, 3])
        #expect(ContinuousClock.now - start >= .milliseconds(12))
    }

    @Test("a cancelled sleeper wakes at once")
    func cancellation() throws {
        let loop = try EventLoop()
        let start = ContinuousClock.now
        let wasCancelled = try loop.run {
            let task = Task(executorPreference: loop) { try await EventLoopClock(loop).sleep(for: .seconds(600)) }
            await Task.yield()
            task.cancel()
            do {
                try await task.value
                return false
            } catch is CancellationError {
                return true
            }
        }
        #expect(wasCancelled)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test("a descriptor's readiness resumes who waits for it")
    func readiness() throws {
        let loop = try EventLoop()
        let bytes = try loop.run {
            let pipe = try OwnedDescriptor.pipe()
            let (reader, writer) = (pipe.reader.rawValue, pipe.writer.rawValue)
            async let ready: Void = loop.ready(reader, for: .readable)
            await Task.yield()
            try writeAll([7, 8], to: writer)
            try await ready
            var buffer = [UInt8](repeating: 0, count: 8)
            let count = read(reader, &buffer, buffer.count)
            return Array(buffer[0..<count])
        }
        #expect(bytes == [7, 8])
    }

    @Test("waiting for a descriptor ends with the time-out")
    func timeout() throws {
        let loop = try EventLoop()
        #expect(throws: SystemCallError(call: "poll", errno: ETIMEDOUT, subject: "")) {
            try loop.run {
                let pipe = try OwnedDescriptor.pipe()
                try await loop.ready(pipe.reader.rawValue, for: .readable, timeout: .milliseconds(5))
            }
        }
    }

    @Test("work that blocks runs elsewhere and comes back")
    func offload() throws {
        let loop = try EventLoop()
        let own = pthread_self()
        let (other, after) = try loop.run { (try await loop.offload { pthread_self() }, pthread_self()) }
        #expect(other != own)
        #expect(after == own)
    }

    @Test("a cancelled watch is never called again, even in the same round")
    func cancelledWatch() throws {
        let loop = try EventLoop()
        let calls = Mutex<[Int]>([])
        try loop.run {
            let first = try OwnedDescriptor.pipe()
            let second = try OwnedDescriptor.pipe()
            let watches = Mutex<[EventLoop.Watch]>([])
            for (number, descriptor) in [first.reader.rawValue, second.reader.rawValue].enumerated() {
                let watch = try loop.watch(descriptor, for: .readable) { _ in
                    calls.withLock { $0.append(number) }
                    for watch in watches.withLock({ $0 }) { watch.cancel() }
                }
                watches.withLock { $0.append(watch) }
            }
            try writeAll([1], to: first.writer.rawValue)
            try writeAll([1], to: second.writer.rawValue)
            try await loop.sleep(for: .milliseconds(2))
        }
        #expect(calls.withLock { $0.count } == 1)
    }
}
