import LinuxKernel

/// The filters for system calls that containers of this sandbox have: Docker's default policy, which depends on the
/// capabilities, compiled once on this machine and read once by this process.
final class FilterStore {
    private let directory: String?
    private let standard: ResolvedSeccompPolicy
    private var programs: [CapabilitySet: SeccompProgram] = [:]

    /// - Parameters:
    ///   - directory: Where compiled programs are kept; made at need. One that can't be made is none.
    ///   - standard: That of the default capabilities.
    init(directory: String, standard: ResolvedSeccompPolicy) {
        self.standard = standard
        do {
            try makeDirectories(directory, mode: 0o700)
            self.directory = directory
        } catch {
            // Every run compiles anew then, which costs time and nothing else.
            self.directory = nil
        }
    }

    /// The filter for a process with this bounding set.
    ///
    /// - Throws: ``SetupFailure`` of kind `filter`.
    func program(for capabilities: CapabilitySet) throws -> SeccompProgram {
        if let known = programs[capabilities] { return known }
        do throws(SeccompError) {
            let policy =
                capabilities == .containerDefault
                ? standard : SeccompPolicy.containerDefault.resolved(for: capabilities)
            let program = try policy.program(cachedIn: directory).program
            programs[capabilities] = program
            return program
        } catch {
            throw SetupFailure(.filter, call: error.description)
        }
    }

    /// The filter for a process; `nil` where it gets none.
    func program(for process: ProcessSpecification) throws -> SeccompProgram? {
        guard process.isFiltered else { return nil }
        if !process.filterProgram.isEmpty {
            guard let program = SeccompProgram(bytes: process.filterProgram) else {
                throw SetupFailure(.filter, call: "the profile for system calls is too long")
            }
            return program
        }
        return try program(for: try process.capabilitySet())
    }
}

extension ProcessSpecification {
    /// The bounding set, as far as this kernel has it.
    ///
    /// - Throws: ``SetupFailure`` for a name that is none: dropping it in silence would give another set than asked for.
    func capabilitySet() throws -> CapabilitySet {
        do throws(CapabilityError) {
            return try CapabilitySet(names: capabilities).intersection(.all)
        } catch {
            throw SetupFailure(.filter, call: error.description)
        }
    }
}
