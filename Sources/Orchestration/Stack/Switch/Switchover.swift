import EnvironmentFile

/// A service's change-over from its containers to new ones, which run beside them until it is settled.
struct Switchover: Sendable {
    /// One container as it is while it has the service's names and ports.
    struct Side: Sendable {
        var container: ContainerPlan
        var ports: [PortPlan]
    }

    /// Those that the service had before.
    var old: [Side]
    /// Those that it gets, in the same order.
    var new: [Side]
    /// Names and ports lead to the new ones.
    var hasMoved = false

    var oldNames: [String] { old.map(\.container.name) }
    var newNames: [String] { new.map(\.container.name) }
}

/// What the containers of services that have been switched are called: by the names that the file gives them.
struct ContainerNames: Sendable {
    private var numbers: [String: Int] = [:]
    private(set) var current: [String: String] = [:]

    /// From the containers' names to those of the file.
    var written: [String: String] { Dictionary(current.map { ($1, $0) }, uniquingKeysWith: { first, _ in first }) }

    /// A name for the next container of that name: `web@2`. No service's name has that sign.
    mutating func next(of written: String) -> String {
        let number = (numbers[written] ?? 1) + 1
        numbers[written] = number
        return "\(written)@\(number)"
    }

    /// - Parameter name: The container that is the service's from now on.
    mutating func settle(_ written: String, _ name: String) { current[written] = name == written ? nil : name }

    /// As the file would call a container.
    static func written(_ name: String) -> String { String(name.prefix { $0 != "@" }) }
}

/// Why a service can't be switched over.
public struct SwitchError: Error, Hashable, Sendable {
    /// What is in the way.
    public enum Kind: Hashable, Sendable {
        /// It is being switched already, or was and is not settled.
        case unsettled
        /// There is nothing to settle.
        case notSwitched
        /// It does not run, so that there is nothing to switch from.
        case notRunning(container: String)
        /// It is on the host's network, or in another's: both would want the same ports.
        case sharesNetwork
        /// Others live in its namespaces.
        case isShared(by: String)
        /// The file gives it an address that only one can have.
        case fixedAddress
        /// Both would write to the same volume.
        case sharedVolume(String)
        /// The file has other networks for it, or for the environment, than those that it runs on.
        case otherNetworks
        /// The file has another number of containers for it.
        case otherCount
        /// It depends on a service that is not there.
        case missing(dependency: String)
    }

    /// The service.
    public var service: String
    /// What is in the way.
    public var kind: Kind

    /// An error of that kind.
    public init(service: String, kind: Kind) {
        self.service = service
        self.kind = kind
    }

    /// What happened, in one sentence.
    public var message: String {
        switch kind {
        case .unsettled: "service '\(service)' is being switched, or has been and was not settled"
        case .notSwitched: "service '\(service)' has not been switched, or that is settled"
        case .notRunning(let container): "'\(container)' does not run: there is nothing to switch from"
        case .sharesNetwork: "service '\(service)' has no network of its own: old and new would want the same ports"
        case .isShared(let other): "'\(other)' lives in the namespaces of service '\(service)'"
        case .fixedAddress: "the file gives service '\(service)' an address, which two containers can't have at once"
        case .sharedVolume(let volume):
            "old and new of service '\(service)' would write to the volume '\(volume)' at once"
        case .otherNetworks: "the file has other networks for service '\(service)' than it runs on"
        case .otherCount: "the file has another number of containers for service '\(service)' than run"
        case .missing(let dependency): "service '\(service)' depends on '\(dependency)', which is not up"
        }
    }

    /// The next thing to try.
    public var remedy: String {
        switch kind {
        case .unsettled: "keep the new version: harness switch \(service) --commit; or go back: --rollback"
        case .notSwitched: "switch it first: harness switch \(service)"
        case .notRunning: "start it: harness up -d \(service)"
        case .sharedVolume: "replace one by the other: harness up -d; or, where the program can do it: --shared-volumes"
        case .missing(let dependency): "start it: harness up -d \(dependency)"
        case .sharesNetwork, .isShared, .fixedAddress, .otherNetworks, .otherCount:
            "replace one by the other: harness up -d"
        }
    }
}
