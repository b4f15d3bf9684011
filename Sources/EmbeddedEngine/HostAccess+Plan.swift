import Addresses
import Containers
import Orchestration

extension HostAccess {
    /// Who of a plan has been given the host's loopback interface: containers by `host-gateway` among their
    /// `extra_hosts`, and a test on the host's file system, which has the caller's rights anyway.
    init(_ plan: Plan) {
        self.init()
        var containers = plan.containers
        switch plan.test?.place {
        case .container(let test)?: containers.append(test)
        case .host?: includesHostProcesses = true
        case .service?, nil: break
        }
        for container in containers where container.networking.reachesHost {
            var owner = container
            // Whoever joins another's network has its addresses. As many steps as there are containers.
            for _ in containers {
                guard case .container(let name) = owner.networking.mode,
                    let next = containers.first(where: { $0.name == name })
                else { break }
                owner = next
            }
            addresses += owner.networking.attachments.map(\.address).filter { !addresses.contains($0) }
        }
    }
}
