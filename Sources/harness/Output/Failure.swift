import Containers
import EmbeddedEngine
import ImageBuild
import ImageStore
import LinuxKernel
import OCI
import Orchestration
import RegistryProtocol

/// What a person is told of an error, and the exit code that says the same to a script.
struct Failure: Error {
    var message: String
    var remedy: String?
    var code: ExitStatusCode
    /// The message is whole: nothing is put before it.
    var isReport = false

    init(_ message: String, remedy: String? = nil, code: ExitStatusCode, isReport: Bool = false) {
        self.message = message
        self.remedy = remedy
        self.code = code
        self.isReport = isReport
    }

    /// The one place in which errors become sentences.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ImageStoreError: self.init(error)
        case let error as ImageBuildError: self.init(error)
        case let error as DocumentError: self.init(error.description, code: .invalidInput)
        case let error as ArchiveError: self.init(error.description, remedy: error.remedy, code: .invalidInput)
        case let error as ReferenceError: self.init(error.description, remedy: error.remedy, code: .usage)
        case let error as EngineError: self.init(error)
        case let error as RegistryError: self.init(error)
        case let error as SystemCallError:
            let described = EngineError.describe(error)
            self.init(described.text, remedy: described.remedy, code: .engineFailed)
        default: self.init("\(error)", code: .engineFailed)
        }
    }

    /// An error about a file that the user has named.
    init(_ error: any Error, at path: String) {
        self.init(error)
        message = "\(path): \(message)"
    }

    private init(_ error: ImageStoreError) {
        let code: ExitStatusCode =
            switch error.kind {
            case .imageMissing, .notInLayout, .platformMissing, .ambiguous, .imageInUse: .unavailable
            case .reference, .change, .homeUnknown: .usage
            case .document, .blobMissing, .blobsMissing, .digestMismatch, .sizeMismatch, .imageInvalid, .archive:
                .invalidInput
            case .systemCall, .cancelled: .engineFailed
            }
        self.init(error.description, remedy: error.remedy, code: code)
    }

    private init(_ error: ImageBuildError) {
        switch error.kind {
        case .store(let error): self.init(error)
        case .noPackages, .packageNameInvalid, .distributionInvalid:
            self.init(error.description, remedy: error.remedy, code: .usage)
        case .toolMissing, .packageUnknown, .suiteUnknown, .mirrorUnreachable, .noSources, .subordinateIDsMissing,
            .failed:
            self.init(error.description, remedy: error.remedy, code: .unavailable)
        case .systemCall, .cancelled: self.init(error.description, remedy: error.remedy, code: .engineFailed)
        }
    }

    private init(_ error: RegistryError) {
        let code: ExitStatusCode =
            switch error.kind {
            case .notFound, .unauthorized, .denied, .unreachable, .untrusted, .throttled, .limitExceeded: .unavailable
            case .answerInvalid, .digestMismatch, .unsupported: .invalidInput
            case .configuration: .usage
            case .helper, .cancelled: .engineFailed
            }
        self.init(error.message, remedy: error.remedy, code: code)
    }

    private init(_ error: EngineError) {
        let code: ExitStatusCode =
            switch error.kind {
            case .imageMissing, .imageUnavailable, .portTaken, .bindSource, .userUnknown, .userUnmapped,
                .commandNotFound, .commandNotExecutable, .volumeMissing:
                .unavailable
            case .imageInvalid, .profileInvalid: .invalidInput
            case .systemCall, .sandboxLost: .engineFailed
            }
        self.init("\(error)", remedy: error.remedy, code: code)
    }

    /// `harness: MESSAGE`, and the remedy on a line of its own.
    var text: String {
        (isReport ? "" : "harness: ") + "\(message)\n" + (remedy.map { "  help: \($0)\n" } ?? "")
    }
}

/// Runs a command's work; an error is told and becomes the exit code.
func reportingFailure<Success>(_ body: () throws -> Success) throws -> Success {
    do {
        return try body()
    } catch let code as ExitStatusCode {
        throw code
    } catch {
        let failure = Failure(error)
        StandardError.write(failure.text)
        throw failure.code
    }
}
