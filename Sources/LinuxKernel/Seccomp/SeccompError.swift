/// A policy that cannot become a filter.
public enum SeccompError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No architecture has a system call of this name, and the policy does not call it optional.
    case unknownSystemCall(String)
    /// A condition on an argument that system calls do not have.
    case invalidArgument(String, argument: Int)
    /// libseccomp refused something; its function, and the error number.
    case library(String, errno: CInt, subject: String)
    /// More instructions than the kernel takes (`BPF_MAXINSNS`, 4096).
    case tooLong(Int)
    /// What the kernel refused.
    case system(SystemCallError)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .unknownSystemCall(let name): "the seccomp policy names an unknown system call '\(name)'"
        case .invalidArgument(let name, let argument):
            "the seccomp policy compares argument \(argument) of \(name); arguments are 0 to 5"
        case .library(let function, let errno, let subject):
            SystemCallError(call: function, errno: errno, subject: subject).description
        case .tooLong(let count): "the seccomp policy needs \(count) instructions; the kernel takes 4096"
        case .system(let error): error.description
        }
    }
}
