import Addresses
import Containers
import Glibc
import ImageStore
import LinuxKernel
import Orchestration

/// Finds out what this host can do, by doing it: an empty container is taken through every step up to execve(2).
public struct HostCheck {
    /// One thing that was looked at.
    public struct Finding: Hashable, Sendable, Codable {
        /// How it stands.
        public enum State: String, Hashable, Sendable, Codable {
            case fine
            /// Environments run, with something less.
            case degraded
            /// Environments can't run.
            case missing
        }

        /// What it was about, by kind.
        public var subject: String
        /// How it stands.
        public var state: State
        /// What was found.
        public var detail: String
        /// The command, or the change, that mends it.
        public var remedy: String?

        /// Takes each property; see there.
        public init(_ subject: String, _ state: State, _ detail: String, remedy: String? = nil) {
            self.subject = subject
            self.state = state
            self.detail = detail
            self.remedy = remedy
        }
    }

    let places: Places
    private let loop: EventLoop

    /// Takes where to try it.
    public init(places: Places, loop: EventLoop) {
        self.places = places
        self.loop = loop
    }

    /// All findings, in the order in which they should be mended.
    public func findings() async -> [Finding] {
        [kernel(), user()] + (geteuid() == 0 ? [] : unprivilegedFindings())
            + [await containers(), home(), openFiles(), packageBuilds()]
    }

    private func kernel() -> Finding {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        guard numbers.count == 2, (numbers[0], numbers[1]) >= (5, 12) else {
            return Finding("kernel", .missing, "Linux \(release)", remedy: "use Linux 5.12 or newer (mount_setattr)")
        }
        return Finding("kernel", .fine, "Linux \(release)")
    }

    private func user() -> Finding {
        let user = geteuid()
        if user == 0 { return Finding("user", .fine, "root") }
        return Finding("user", .fine, "\(SubordinateIDs.userName(of: user) ?? "\(user)"), without privileges")
    }

    private func containers() async -> Finding {
        do {
            let directory = try RuntimeDirectory.make(in: places.runtimeRoot, name: "doctor")
            let finding = await containers(in: directory)
            removeSilently(directory)
            return finding
        } catch {
            return Self.unusable(error)
        }
    }

    // In several functions: the optimiser of Swift 6.2 fails on one that has it all.
    private func containers(in directory: RuntimeDirectory) async -> Finding {
        do {
            let sandbox = try ContainerSandbox.launch(on: loop)
            let finding = await attempt(in: sandbox, directory)
            try await sandbox.close()
            return finding
        } catch {
            return Self.unusable(error)
        }
    }

    private func attempt(in sandbox: ContainerSandbox, _ directory: RuntimeDirectory) async -> Finding {
        do {
            try await startEmptyContainer(in: sandbox, directory)
            return Finding("containers", .missing, "an empty image has started a program")
        } catch let failure as SetupFailure where failure.kind == .commandNotFound {
            return Finding("containers", .fine, "namespaces, overlayfs, network, capabilities and seccomp work")
        } catch {
            return Self.unusable(error)
        }
    }

    private static func unusable(_ error: any Error) -> Finding {
        let (text, remedy) = EngineError.describe(error)
        return Finding("containers", .missing, text, remedy: remedy)
    }

    /// The whole way of a container: namespaces, scratch memory, bridge, veth pair, overlay, /proc, /sys, /dev,
    /// identity, filter. Its image is empty, so that it ends with "no such program", which is success.
    private func startEmptyContainer(in sandbox: ContainerSandbox, _ directory: RuntimeDirectory) async throws {
        let gateway = IPv4Address(10, 213, 0, 1)
        try makeDirectories(places.mountPoint, mode: 0o700)
        try sandbox.open(
            SandboxConfiguration(
                identifier: directory.identifier, scratch: places.mountPoint,
                networks: [BridgeSpecification(gateway: gateway, prefixLength: 16)], filterCache: places.filterCache))
        let null = SharedDescriptor(try .open("/dev/null", O_RDWR))
        let container = ContainerSpecification(
            name: "doctor", hostname: "doctor", layers: [], process: ProcessSpecification(arguments: ["/nothing"]),
            network: NetworkSpecification(interfaces: [
                InterfaceSpecification(address: IPv4Address(10, 213, 0, 2), prefixLength: 16, gateway: gateway)
            ]))
        _ = try await sandbox.start(container, streams: [null.rawValue, null.rawValue, null.rawValue])
        withExtendedLifetime(null) {}
    }

    private func removeSilently(_ directory: RuntimeDirectory) {
        do {
            try Leftovers.remove(directory, diskScratch: nil)
        } catch {
            // The next start of harness finds it abandoned and removes it.
            return
        }
    }

    private func home() -> Finding {
        var path = places.store.root
        while access(path, F_OK) != 0, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = String(path[..<slash])
        }
        guard access(path, W_OK) == 0 else {
            return Finding(
                "store", .missing, "\(places.store.root) can't be written",
                remedy: "set HARNESS_HOME to a folder of yours")
        }
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return Finding("store", .fine, places.store.root) }
        let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        if free < 1024 {
            return Finding(
                "store", .degraded, "\(places.store.root) has \(free) MiB free",
                remedy: "free some space, or move HARNESS_HOME")
        }
        return Finding("store", .fine, "\(places.store.root), \(free >> 10) GiB free")
    }

    private func openFiles() -> Finding {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        let text = "at most \(limit.rlim_cur) in this shell"
        if limit.rlim_cur < 1024 {
            return Finding("open files", .degraded, text, remedy: "ulimit -n 1024, for environments of many services")
        }
        return Finding("open files", .fine, text)
    }

    private func packageBuilds() -> Finding {
        let path = Places.variables["PATH"] ?? ""
        for directory in path.split(separator: ":") where access("\(directory)/mmdebstrap", X_OK) == 0 {
            return Finding("package builds", .fine, "\(directory)/mmdebstrap")
        }
        return Finding(
            "package builds", .degraded, "mmdebstrap is missing: 'build.packages' can't make images",
            remedy: "apt-get install mmdebstrap")
    }
}
