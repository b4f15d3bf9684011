import Glibc

/// A thread for work that blocks.
public struct WorkThread: ~Copyable {
    private let thread: pthread_t

    /// Starts it.
    ///
    /// - Throws: ``SystemCallError`` where no thread can be had.
    public init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let box = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemCallError(call: "pthread_create", errno: code, subject: "")
        }
        self.thread = thread
    }

    /// Lets it run on its own; nobody can wait for its end.
    public consuming func detach() { pthread_detach(thread) }

    /// Waits for its end.
    public consuming func join() { pthread_join(thread, nil) }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
