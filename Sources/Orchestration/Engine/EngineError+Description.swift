#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension EngineError: CustomStringConvertible {
    /// What is wrong, without the remedy.
    public var message: String {
        switch kind {
        case .imageMissing(let name): "no image '\(name)' is in the store"
        case .imageUnavailable(let name, let reason): "image '\(name)' can't be pulled: \(reason)"
        case .imageInvalid(let name, let reason): "image '\(name)' can't be used: \(reason)"
        case .portTaken(let address, let port, let holder):
            "port \(address):\(port) is taken\(holder.map { " by \($0)" } ?? "")"
        case .bindSource(let path, let code): "'\(path)' can't be mounted: \(Self.text(of: code))"
        case .profileInvalid(let path, let reason): "'\(path)' is no profile for system calls: \(reason)"
        case .commandNotFound(let command): "there is no program '\(command)'"
        case .commandNotExecutable(let command): "'\(command)' can't be executed"
        case .userUnmapped(let who):
            "\(who) can't be in a container of yours: your subordinate ids don't reach that far"
        case .userUnknown(let user): "there is no user or group '\(user)'"
        case .volumeMissing(let volume): "there is no volume '\(volume)'"
        case .systemCall(let name, let subject, let code):
            "\(name)\(subject.isEmpty ? "" : " \(subject)"): \(Self.text(of: code))"
        case .sandboxLost(let reason): "the environment's sandbox is gone: \(reason)"
        }
    }

    /// The message, and the remedy where there is one.
    public var description: String { "\(message)\(remedy.map { "; \($0)" } ?? "")" }

    private static func text(of code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
    }
}
