import DoozerService
import NIOCore

/// What all connections share; it lives on the one event loop.
final class ServerState {
    let service: Service
    let maximumMessage: Int
    private let logLine: @Sendable (String) -> Void
    private var scheduled: [ConnectionHandler] = []

    init(service: Service, maximumMessage: Int, logLine: @escaping @Sendable (String) -> Void) {
        self.service = service
        self.maximumMessage = maximumMessage
        self.logLine = logLine
    }

    /// Notes that `handler` has replies to write when the requests at hand are served: one write then takes them all.
    func schedule(_ handler: ConnectionHandler) {
        scheduled.append(handler)
    }

    func flushScheduled() {
        while !scheduled.isEmpty {
            let handlers = scheduled
            scheduled.removeAll(keepingCapacity: true)
            for handler in handlers { handler.flush() }
        }
    }

    func log(_ channel: any Channel, _ message: String) {
        let peer = channel.remoteAddress.map(ServerAddress.description) ?? "a client"
        logLine("\(peer): \(message)")
    }
}
