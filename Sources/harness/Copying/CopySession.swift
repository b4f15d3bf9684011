import Glibc
import ImageStore
import LinuxKernel
import LocalStacks

/// Copies between the caller's files and a container's.
struct CopySession {
    let target: StackTarget
    let number: Int?
    /// Copies keep their owners.
    let keepsOwners: Bool
    /// A symbolic link that is named stands for what it leads to.
    let followsLink: Bool

    /// - Throws: ``Failure``.
    func copy(_ source: CopyEnd, to destination: CopyEnd) throws {
        _ = try DescriptorLimit.raise()
        switch (source, destination) {
        case (.container(let service, let path), .archive):
            try writeArchive(try place(service), CopyPath(path))
        case (.archive, .container(let service, let path)):
            try unpackArchive(try place(service), path)
        case (.container(let service, let path), .local(let local)):
            try copy(
                try place(service), CopyPath(path), CopyPlace(root: nil, name: "here"), CopyPath(local),
                owner: .fixed(user: geteuid(), group: getegid(), keepsSetID: false))
        case (.local(let local), .container(let service, let path)):
            try copy(
                CopyPlace(root: nil, name: "here"), CopyPath(local), try place(service), CopyPath(path),
                owner: .fixed(user: 0, group: 0, keepsSetID: true))
        default:
            throw Failure(
                "exactly one of SOURCE and DESTINATION is in a container",
                remedy:
                    "write SERVICE:PATH for it; to copy between two, join them: harness cp A:PATH - | harness cp - B:PATH",
                code: .usage)
        }
    }

    private func place(_ service: String) throws -> CopyPlace {
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        let call = ContainerCall(service: service, number: number)
        let code = try ask(target, .root(call), descriptors: [sent.rawValue])
        guard code == .success, let root = try socket.receive(waits: false)?.descriptors.first else {
            throw Failure(ControlClient.Failure.invalid, target.name)
        }
        return CopyPlace(root: SharedDescriptor(OwnedDescriptor(adopting: root)), name: "in '\(service)'")
    }

    // MARK: Files

    private func copy(
        _ from: CopyPlace, _ source: CopyPath, _ to: CopyPlace, _ destination: CopyPath,
        owner: TreeCopy.Owner
    ) throws {
        let tree = try open(source, in: from)
        let owner = keepsOwners ? .kept : owner
        let copy: TreeCopy
        let name: String?
        if let directory = try translating({ () throws(SystemCallError) in try to.directory(destination.text) }) {
            copy = TreeCopy(into: directory, owner: owner)
            name = source.name
        } else {
            guard !destination.isDirectory || tree.isDirectory, destination.name != nil,
                let parent = try translating({ () throws(SystemCallError) in try to.directory(destination.parent) })
            else {
                let missing = destination.isDirectory ? destination.text : destination.parent
                throw Failure("there is no directory '\(missing)' \(to.name)", code: .usage)
            }
            copy = TreeCopy(into: parent, owner: owner)
            name = destination.name
        }
        try translating {
            if let name { try copy.copy(tree, as: name) } else { try copy.copyContents(of: tree) }
        }
        warn(copy.omissions)
    }

    private func open(_ source: CopyPath, in place: CopyPlace) throws -> TreeSource {
        do throws(SystemCallError) {
            let follows = followsLink || source.isDirectory || source.name == nil
            let tree = try TreeSource(source.text, beneathRoot: place.root?.rawValue, followsLink: follows)
            if source.isDirectory || source.name == nil, !tree.isDirectory {
                throw SystemCallError(call: "open", errno: ENOTDIR, subject: source.text)
            }
            return tree
        } catch {
            switch error.errno {
            case ENOENT: throw Failure("there is no '\(source.text)' \(place.name)", code: .usage)
            case ENOTDIR: throw Failure("'\(source.text)' \(place.name) leads through no directory", code: .usage)
            case ELOOP: throw Failure("'\(source.text)' \(place.name) is a circle of links", code: .usage)
            default: throw Failure(error)
            }
        }
    }

    // MARK: Archives

    private func writeArchive(_ from: CopyPlace, _ source: CopyPath) throws {
        if isatty(STDOUT_FILENO) == 1 {
            throw Failure(
                "an archive is nothing for a terminal", remedy: "put it into a file, or pipe it into tar", code: .usage)
        }
        let tree = try open(source, in: from)
        let archive = TreeArchive(to: STDOUT_FILENO)
        try translating {
            if let name = source.name {
                try archive.add(tree, as: name)
            } else {
                try archive.addContents(of: tree)
            }
            try archive.finish()
        }
        warn(archive.omissions)
    }

    private func unpackArchive(_ to: CopyPlace, _ path: String) throws {
        if isatty(STDIN_FILENO) == 1 {
            throw Failure(
                "the archive is to come from the terminal", remedy: "pipe one in, as tar writes it", code: .usage)
        }
        let destination = CopyPath(path)
        guard let directory = try translating({ () throws(SystemCallError) in try to.directory(destination.text) })
        else {
            throw Failure("there is no directory '\(destination.text)' \(to.name)", code: .usage)
        }
        // For looking only, which is not enough to write into.
        let writable = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: directory.rawValue)
        let number = writable.rawValue
        warn(try translating { try TreeArchive.unpack(STDIN_FILENO, into: .duplicate(of: number)) })
    }

    // MARK: What is told

    /// Says of a mistake what it is; everything else is the kernel's refusal.
    private func translating<Success: ~Copyable>(_ body: () throws -> Success) throws -> Success {
        do {
            return try body()
        } catch let error as SystemCallError {
            switch error.errno {
            case EISDIR: throw Failure("'\(error.subject)' is a directory where a file is to go", code: .usage)
            case ENOTDIR, ELOOP:
                throw Failure("'\(error.subject)' is no directory, and a directory is to go there", code: .usage)
            case EBUSY:
                throw Failure(
                    "'\(error.subject)' is a mount, which can't be replaced", remedy: "change what is mounted there",
                    code: .usage)
            case ENAMETOOLONG: throw Failure("'\(error.subject)' is nested too deep", code: .usage)
            default: throw error
            }
        }
    }

    private func warn(_ omissions: [String: Int]) {
        guard !omissions.isEmpty else { return }
        let list = omissions.sorted { $0.key < $1.key }.map { "\($0.value) times: \($0.key)" }
        StandardError.write("harness: warning: left out: \(list.joined(separator: "; "))\n")
    }
}
