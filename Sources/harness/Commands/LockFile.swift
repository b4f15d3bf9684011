import EnvironmentFile
import Glibc
import ImageStore
import LinuxKernel
import OCI
import OrderedCollections

/// `harness.lock` beside the environment file.
enum LockFile {
    /// Writes down what the images' names stand for in the local store.
    ///
    /// - Parameter output: Instead of the file beside the environment file.
    static func write(_ environment: Environment, to output: String?) throws {
        let store = try ImageCommand.store()
        var lock = ImageLock()
        var missing: [String] = []
        try refuseFiles(environment)
        for name in images(of: environment) {
            do {
                let reference = try Reference(name)
                lock.pin(reference, to: try store.entry(name).digest)
            } catch let error as ImageStoreError {
                guard case .imageMissing = error.kind else { throw error }
                missing.append(name)
            }
        }
        guard missing.isEmpty else {
            throw Failure(
                "the store lacks \(missing.joined(separator: ", "))",
                remedy: "get the images first: what a name stands for is read from the store", code: .unavailable)
        }
        let path = output ?? Self.path(environment)
        try replaceFile(path, with: lock.json.utf8)
    }

    /// The environment with every image named by its digest.
    ///
    /// - Throws: ``Failure`` where there is no lock file, or it lacks an image.
    static func pinned(_ environment: Environment) throws -> Environment {
        try reportingFailure {
            let lock = try read(Self.path(environment))
            var pinned = environment
            var unknown: [String] = []
            try refuseFiles(environment)
            func pin(_ name: String) throws -> String {
                guard let reference = lock.pinned(try Reference(name)) else {
                    unknown.append(name)
                    return name
                }
                return reference.description
            }
            for (key, service) in environment.services where service.build == nil {
                if let image = service.image {
                    pinned.services[key]?.image = Located(try pin(image.value), at: image.position)
                }
            }
            if case .image(let name)? = environment.test?.place { pinned.test?.place = .image(try pin(name)) }
            guard unknown.isEmpty else {
                throw Failure(
                    "\(ImageLock.fileName) has no digest of \(Set(unknown).sorted().joined(separator: ", "))",
                    remedy: remedy, code: .invalidInput)
            }
            return pinned
        }
    }

    /// A lock file goes to other machines, where the files are elsewhere.
    private static func refuseFiles(_ environment: Environment) throws {
        guard let name = try images(of: environment).first(where: { try FileImage($0) != nil }) else { return }
        throw Failure(
            "\(ImageLock.fileName) can't pin '\(name)', which is in files",
            remedy: "keep the files with the environment; or push the image to a registry and name it there",
            code: .invalidInput)
    }

    private static let remedy = "write it anew: 'harness config --lock'"

    private static func read(_ path: String) throws -> ImageLock {
        do {
            return try ImageLock(json: try readRegularFile(path, limit: ImageLock.sizeLimit))
        } catch let error as SystemCallError where error.errno == ENOENT {
            throw Failure("there is no lock file '\(path)'", remedy: remedy, code: .invalidInput)
        } catch let error as DocumentError {
            throw Failure("\(path): \(error)", remedy: remedy, code: .invalidInput)
        }
    }

    private static func path(_ environment: Environment) -> String { "\(environment.directory)/\(ImageLock.fileName)" }

    /// Those that are not made of packages, whose versions the file itself can pin.
    private static func images(of environment: Environment) -> [String] {
        var names = environment.services.values.filter { $0.build == nil }.compactMap { $0.image?.value }
        if case .image(let name)? = environment.test?.place { names.append(name) }
        return Set(names).sorted()
    }
}
