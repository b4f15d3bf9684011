import Synchronization

extension Stack {
    /// Opens what services publish and have not open yet.
    ///
    /// - Throws: ``BootError`` of phase `port`; what this call has opened is closed again.
    func openPorts(of services: [StackService]) async throws {
        var opened: [(StackService, PortPlan.Identity)] = []
        do {
            for service in services {
                for port in service.plannedPorts {
                    let identity = port.identity
                    let (known, earlier) = service.state.withLock { ($0.ports[identity], $0.earlierPorts[identity]) }
                    if let known {
                        known.port.retarget(to: port.address)
                        continue
                    }
                    let published = try await publish(port, preferring: earlier)
                    opened.append((service, identity))
                    service.state.withLock { state in
                        state.ports[identity] = (port, published)
                        state.earlierPorts[identity] = published.hostPort
                    }
                    emit(.portPublished(port, hostPort: published.hostPort))
                }
            }
        } catch {
            for (service, identity) in opened {
                service.state.withLock { $0.ports.removeValue(forKey: identity) }?.port.close()
            }
            throw error
        }
    }

    /// - Parameter earlier: The free port that was chosen before, so that whoever knows it finds it again.
    private func publish(_ port: PortPlan, preferring earlier: UInt16?) async throws -> any PublishedPort {
        if port.hostPorts.isEmpty, let earlier {
            var same = port
            same.hostPorts = [earlier]
            do {
                return try await sandbox.publish(same)
            } catch {
                // Somebody else has it now: any other will do.
            }
        }
        do {
            return try await sandbox.publish(port)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw BootError(service: port.service, phase: .port, reason: .engine(error), position: port.position)
        }
    }

    /// Closes what a service has open, or only what it is not to have any more.
    func closePorts(of service: StackService, except kept: Set<PortPlan.Identity> = []) {
        let closed = service.state.withLock { state in
            let gone = state.ports.filter { !kept.contains($0.key) }
            for identity in gone.keys { state.ports[identity] = nil }
            return gone.values.map(\.port)
        }
        for port in closed { port.close() }
    }
}
