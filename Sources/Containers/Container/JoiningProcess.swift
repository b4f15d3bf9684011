import CLinux
import Glibc
import LinuxKernel

/// The way of a cloned process into a container that runs (`exec`, health checks, a test in a service).
struct JoiningProcess {
    /// A pidfd of the container's first process.
    let container: CInt
    let hostname: String
    /// What the launcher is called in the container's PID namespace: 1 in the sandbox's own, 0 from inside of others.
    let launcherNumber: pid_t
    let process: ProcessSpecification
    let filter: SeccompProgram?
    let reporter: Reporter
    let streams: Streams
    /// Readable once the launcher has moved this process into the container's control groups.
    let goAhead: CInt
    let descriptorLimit: DescriptorLimit
    /// The ids that there are.
    let identities: IdentityMap
    /// The container's network is the host's, which this process is in already.
    var isInHostNetwork = false

    /// Never returns. The process is in the container's PID namespace already: a clone entered it.
    func run() -> Never {
        do {
            try closeOnExecute(from: 3)
            try InheritedSignals.reset()
            try OutOfMemoryScore.adjust(process.oomScoreAdjustment, warn: reporter.warn)
            try dieWithParent(expecting: launcherNumber)
            try checked("setsid") { setsid() }
            // In here a process of the container with the same identity must not reach the launcher's memory.
            try checked("prctl") { clinux_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) }
            var namespaces: Namespaces = [.mount, .uts, .ipc, .cgroup]
            if !isInHostNetwork { namespaces.insert(.network) }
            try namespaces.enter(container)
            try streams.install(terminal: process.hasTerminal ? try Terminal.open() : nil)
            try GoAhead.wait(on: goAhead)
            let accounts = try ContainerAccounts()
            try WorkingDirectory.make(process.workingDirectory)
            try ProcessStart(
                process: process, filter: filter, descriptorLimit: descriptorLimit, reporter: reporter,
                hostname: hostname, hasInit: false, identities: identities
            ).start(accounts)
        } catch {
            reporter.fail(error)
        }
    }
}
