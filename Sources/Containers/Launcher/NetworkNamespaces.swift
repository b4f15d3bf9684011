import Glibc
import LinuxKernel

/// The sandbox's own network namespace, which the launcher is in, and those that it makes for containers.
///
/// A namespace takes the kernel half a millisecond, so that the first container's is made before anybody asks for it.
final class NetworkNamespaces {
    private let hostDescriptor: OwnedDescriptor
    private let own: OwnedDescriptor
    private var spare: OwnedDescriptor?

    /// Moves the calling process into a new namespace.
    init() throws(SystemCallError) {
        hostDescriptor = try Self.current()
        try Namespaces.network.unshare()
        own = try Self.current()
        try InterfaceDefaults.setIPv6(false)
        spare = try Self.make(comingBackTo: own.rawValue)
    }

    /// The namespace of whoever has started the harness.
    var host: CInt { hostDescriptor.rawValue }
    /// The sandbox's.
    var sandbox: CInt { own.rawValue }

    /// Runs `body` in another namespace.
    func inside<Value>(_ namespace: CInt, _ body: () throws -> Value) throws -> Value {
        try Namespaces.network.enter(namespace)
        let result = Result { try body() }
        try Namespaces.network.enter(sandbox)
        return try result.get()
    }

    /// A new namespace for a container, with nothing in it but a loopback interface that is down.
    func take() throws(SystemCallError) -> OwnedDescriptor {
        if let spare = spare.take() { return spare }
        return try Self.make(comingBackTo: own.rawValue)
    }

    private static func make(comingBackTo own: CInt) throws(SystemCallError) -> OwnedDescriptor {
        try Namespaces.network.unshare()
        let made = Result { () throws(SystemCallError) in
            try InterfaceDefaults.setIPv6(false)
            return try current()
        }
        try Namespaces.network.enter(own)
        return try made.get()
    }

    private static func current() throws(SystemCallError) -> OwnedDescriptor {
        try OwnedDescriptor.open("/proc/thread-self/ns/net", O_RDONLY)
    }
}
